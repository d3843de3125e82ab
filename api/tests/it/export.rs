//! Downloading a plan.

use domain::JobId;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::{Hand, Server, json_of, problem};

const FORMATS: [(&str, &str, &str); 4] = [
    ("json", "application/json", "application/json"),
    ("md", "text/markdown", "text/markdown; charset=utf-8; variant=CommonMark"),
    ("ics", "text/calendar", "text/calendar; charset=utf-8; component=VEVENT"),
    ("geojson", "application/geo+json", "application/geo+json"),
];

/// What a worker stores: the plan, with itself as Markdown beside it.
fn stored() -> Value {
    let eur = |cents: i64| json!({ "amount_cents": cents, "currency": "EUR" });
    let fact =
        json!({ "kind": "dataset", "source": "gazetteer", "as_of": "2025", "fetched_at": "2026-11-21T06:00:00Z" });
    json!({
        "title": "1 day in Lisbon", "summary": "1 sight.", "narrative": "By train.",
        "origin": { "id": "porto", "name": "Porto" }, "destination": "Lisbon",
        "cities": [{
            "place": { "id": "lisbon", "name": "Lisbon" }, "country": "Portugal", "time_zone": "Europe/Lisbon",
            "arrive": "2027-05-08", "leave": "2027-05-08", "nights": 0,
        }],
        "start_date": "2027-05-08", "end_date": "2027-05-08", "travellers": { "adults": 1, "children": 0 },
        "days": [{
            "date": "2027-05-08", "weather": null, "distance_km": 1.5,
            "items": [{
                "kind": "sight", "sight_id": "azulejo", "title": "Tile Museum", "city_id": "lisbon",
                "start": "10:00:00", "end": "12:00:00", "start_zone": "Europe/Lisbon", "end_zone": "Europe/Lisbon",
                "end_day_offset": 0, "at": { "lat": 38.7247, "lon": -9.1136 }, "cost": eur(800), "provenance": fact,
            }],
        }],
        "stays": [],
        "costs": { "lines": [], "by_category": [], "total": eur(800), "budget": eur(10_000), "left": eur(9_200), "rates": [] },
        "assumptions": [], "unread": [], "warnings": [],
        "quality": { "score": 5, "parts": [], "optimal": true, "bound": 5, "ended_by": "proven", "nodes": 1 },
        "markdown": "# 1 day in Lisbon",
    })
}

async fn finished(server: &Server) -> JobId {
    let id = server.submit().await;
    Hand::claim(&server.dispatch, id).await.complete_with(stored()).await;
    id
}

async fn sent(request: RequestBuilder) -> Response {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response
}

fn header(response: &Response, name: &str) -> String {
    response.headers()[name].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_format_is_a_file_with_a_name_and_a_type() {
    let server = Server::start().await;
    let id = finished(&server).await;
    for (word, _, content_type) in FORMATS {
        let response = sent(server.get(&format!("/v1/jobs/{id}/plan?format={word}"))).await;
        assert_eq!(header(&response, "content-type"), content_type);
        let name = format!("attachment; filename=\"lisbon-2027-05-08.{word}\"");
        assert_eq!(header(&response, "content-disposition"), name);
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        let vary = response.headers().get_all("vary").iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
        assert!(vary.contains(&"accept"), "{vary:?}");
        let body = response.text().await.unwrap();
        assert!(body.contains("Tile Museum"), "{word}: {body}");
        assert!(!body.contains(&format!("{id}")), "{word}: ids of events tell nothing of the job");
    }
}

#[tokio::test]
async fn the_json_is_the_plan_and_nothing_else() {
    let server = Server::start().await;
    let id = finished(&server).await;
    let plan = json_of(server.get(&format!("/v1/jobs/{id}/plan")), 200).await;
    let mut expected = stored();
    expected.as_object_mut().unwrap().remove("markdown");
    assert_eq!(plan, expected);
}

#[tokio::test]
async fn the_calendar_is_of_when_the_job_ended() {
    let server = Server::start().await;
    let id = finished(&server).await;
    let status = json_of(server.get(&format!("/v1/status/{id}")), 200).await;
    let ended: String = status["finished_at"].as_str().unwrap()[..19].chars().filter(|c| !"-:".contains(*c)).collect();
    let calendar = sent(server.get(&format!("/v1/jobs/{id}/plan?format=ics"))).await.text().await.unwrap();
    assert!(calendar.contains(&format!("DTSTAMP:{ended}Z\r\n")), "{ended}: {calendar}");
    assert!(calendar.contains("DTSTART;TZID=Europe/Lisbon:20270508T100000\r\n"), "{calendar}");
}

#[tokio::test]
async fn accept_chooses_and_format_wins_over_it() {
    let server = Server::start().await;
    let id = finished(&server).await;
    let path = format!("/v1/jobs/{id}/plan");
    for (word, accept, content_type) in FORMATS {
        let response = sent(server.get(&path).header("accept", format!("text/html, {accept};q=0.5"))).await;
        assert_eq!(header(&response, "content-type"), content_type);
        let response = sent(server.get(&format!("{path}?format={word}")).header("accept", "text/html")).await;
        assert_eq!(header(&response, "content-type"), content_type);
    }
    for accept in ["*/*", "text/html,application/xml;q=0.9,*/*;q=0.8"] {
        let response = sent(server.get(&path).header("accept", accept)).await;
        assert_eq!(header(&response, "content-type"), "application/json");
    }
}

#[tokio::test]
async fn what_cannot_be_given_is_refused_with_what_can() {
    let server = Server::start().await;
    let id = finished(&server).await;
    let path = format!("/v1/jobs/{id}/plan");
    let refused = problem(server.get(&path).header("accept", "text/html"), 406, "not_acceptable").await;
    for (_, media_type, _) in FORMATS {
        assert!(refused["detail"].as_str().unwrap().contains(media_type), "{refused}");
    }
    for bad in ["pdf", "ICS", "%00", ""] {
        let body = problem(server.get(&format!("{path}?format={bad}")), 400, "bad_parameter").await;
        assert_eq!(body["errors"][0]["pointer"], "format");
    }
    for job in [JobId::new().to_string(), "1".to_owned()] {
        problem(server.get(&format!("/v1/jobs/{job}/plan")), 404, "not_found").await;
    }
}

#[tokio::test]
async fn a_file_that_is_known_is_not_sent_again() {
    let server = Server::start().await;
    let id = finished(&server).await;
    let path = format!("/v1/jobs/{id}/plan?format=ics");
    let tag = header(&sent(server.get(&path)).await, "etag");
    assert_eq!(header(&sent(server.get(&path)).await, "etag"), tag, "the same bytes each time");
    let again = server.get(&path).header("if-none-match", format!("\"other\", {tag}")).send().await.unwrap();
    assert_eq!((again.status().as_u16(), header(&again, "etag")), (304, tag.clone()));
    assert!(again.text().await.unwrap().is_empty());
    let other = sent(server.get(&format!("/v1/jobs/{id}/plan?format=md")).header("if-none-match", &tag)).await;
    assert_ne!(header(&other, "etag"), tag);
}

#[tokio::test]
async fn a_large_file_goes_out_compressed() {
    let server = Server::start().await;
    let id = finished(&server).await;
    for (word, ..) in FORMATS {
        let request = server.get(&format!("/v1/jobs/{id}/plan?format={word}")).header("accept-encoding", "gzip");
        let is_large = word != "md" && word != "geojson";
        assert_eq!(sent(request).await.headers().contains_key("content-encoding"), is_large, "{word}");
    }
}

#[tokio::test]
async fn a_job_without_a_plan_says_how_it_stands() {
    let server = Server::start().await;
    let id = server.submit().await;
    let path = format!("/v1/jobs/{id}/plan");
    let refused = problem(server.get(&path), 409, "plan_pending").await;
    assert_eq!((&refused["job_status"], &refused["retryable"]), (&json!("queued"), &json!(true)));
    let mut hand = Hand::claim(&server.dispatch, id).await;
    assert_eq!(problem(server.get(&path), 409, "plan_pending").await["job_status"], "running");
    hand.ask(domain::gate::GateKind::Approval, 60_000).await;
    let refused = problem(server.get(&path), 409, "plan_pending").await;
    assert_eq!(refused["job_status"], "waiting_approval");
    assert!(refused["hint"].as_str().unwrap().contains("decision"));
    json_of(server.request(reqwest::Method::POST, &format!("/v1/jobs/{id}/cancel")), 200).await;
    let refused = problem(server.get(&path), 409, "no_plan").await;
    assert_eq!((&refused["job_status"], &refused["retryable"]), (&json!("cancelled"), &json!(false)));
    assert!(json_of(server.get(&format!("/v1/status/{id}")), 200).await.get("plan_url").is_none());
}

#[tokio::test]
async fn a_plan_of_another_version_is_no_fault_of_the_server() {
    let server = Server::start().await;
    let id = server.submit().await;
    Hand::claim(&server.dispatch, id).await.complete().await;
    for (word, ..) in FORMATS {
        let refused = problem(server.get(&format!("/v1/jobs/{id}/plan?format={word}")), 409, "plan_unreadable").await;
        assert!(refused["hint"].as_str().unwrap().contains("result"), "{refused}");
    }
    let id = server.submit().await;
    let mut nowhere = stored();
    nowhere["days"][0]["items"][0]["start_zone"] = json!("Europe/Atlantis");
    Hand::claim(&server.dispatch, id).await.complete_with(nowhere).await;
    problem(server.get(&format!("/v1/jobs/{id}/plan?format=ics")), 409, "plan_unreadable").await;
    sent(server.get(&format!("/v1/jobs/{id}/plan?format=md"))).await;
}
