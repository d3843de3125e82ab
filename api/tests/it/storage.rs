//! What is stored.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Hand, Server, json_of};

fn kind<'a>(report: &'a Value, kind: &str) -> &'a Value {
    report["kinds"].as_array().unwrap().iter().find(|found| found["kind"] == kind).unwrap()
}

#[tokio::test]
async fn a_report_says_what_is_there_and_what_may_be() {
    let server = Server::start().await;
    let finished = server.submit().await;
    Hand::claim(&server.dispatch, finished).await.complete().await;
    let open = server.submit().await;
    let before = json_of(server.get("/v1/storage"), 200).await;
    assert_eq!((&before["open_jobs"], &before["unmeasured_jobs"]), (&json!(1), &json!(1)));
    assert_eq!(kind(&before, "jobs"), &json!({ "kind": "jobs", "rows": 0, "bytes": 0, "is_capped": false }));
    server.dispatch.store().measure_jobs(Duration::from_secs(10)).await.unwrap();
    let report = json_of(server.get("/v1/storage"), 200).await;
    assert_eq!((&report["open_jobs"], &report["unmeasured_jobs"]), (&json!(1), &json!(0)));
    assert_eq!((&kind(&report, "jobs")["rows"], &kind(&report, "events")["rows"]), (&json!(1), &json!(3)));
    let bytes: i64 = report["kinds"].as_array().unwrap().iter().filter_map(|kind| kind["bytes"].as_i64()).sum();
    assert!(bytes > 0 && report["job_bytes"] == bytes, "{report}");
    assert_eq!(report["budget"], json!({ "jobs_days": 30, "alerts_days": 90, "deliveries_days": 30 }));
    let nothing = json!({ "expired_jobs": 0, "excess_jobs": 0, "bytes": 0, "is_capped": false });
    assert_eq!(report["next_prune"], nothing);
    let status = json_of(server.get(&format!("/v1/status/{finished}")), 200).await;
    assert_eq!(report["oldest_finished_at"], status["finished_at"]);
    assert_eq!(json_of(server.get(&format!("/v1/status/{open}")), 200).await["status"], "queued");
}
