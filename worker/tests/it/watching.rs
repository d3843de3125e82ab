//! Looks at calendars that stand at an address.

use domain::{
    WatchId,
    endpoint::UrlPolicy,
    watch::{ObservationOutcome, WatchRequest, WatchStatus},
};
use serde_json::json;
use store::{JobFilter, Watch, testing::Engine};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_util::task::TaskTracker;
use worker::watching::{Config, Watcher};

use crate::house::{House, owner};

/// Answers every request with `answer`; its address.
async fn serve(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mine.ics", listener.local_addr().unwrap());
    TaskTracker::new().spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_err() {
                continue;
            }
            stream.write_all(answer.as_bytes()).await.ok();
        }
    });
    url
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn open_policy() -> UrlPolicy {
    UrlPolicy { allow_private: vec!["127.0.0.1/32".parse().unwrap()], allow_http: true, ..UrlPolicy::default() }
}

/// What becomes of a watch of a calendar at `url` after one look.
async fn after_a_look(house: &House, url: &str, policy: UrlPolicy) -> Watch {
    let request: WatchRequest = serde_json::from_value(json!({ "name": "free", "watch": { "calendar_gap": {
        "url": url, "days_min": 5, "trip": { "origin": "Berlin" } } } }))
    .unwrap();
    let id = WatchId::new();
    house.store().create_watch(&owner(), id, &request.into_spec(), None).await.unwrap();
    house.store().check_watch(&owner(), id).await.unwrap();
    let watcher = Watcher::new(Config::default(), policy, house.dispatch.clone()).unwrap();
    assert_eq!(watcher.look_at_due().await.unwrap(), 1);
    house.store().watch(&owner(), id).await.unwrap()
}

#[tokio::test]
async fn a_calendar_at_an_address_is_read_and_its_free_days_are_suggested_for() {
    let house = House::build(Engine::Sqlite).await;
    let url = serve(ok("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n")).await;
    let watch = after_a_look(&house, &url, open_policy()).await;
    assert_eq!((watch.status, watch.last_error.as_deref(), watch.state.firings), (WatchStatus::Active, None, 1));
    let seen = house.store().observations(&owner(), watch.id, None, 10).await.unwrap();
    assert_eq!((seen[0].outcome, seen[0].value), (ObservationOutcome::Fired, 90));
    assert_eq!(house.store().jobs(&owner(), &JobFilter::default(), 10).await.unwrap().len(), 1);
}

/// S30 to S34: calendars go through the door of webhooks.
#[tokio::test]
async fn an_address_that_may_not_be_asked_is_not_asked_and_the_watch_says_why() {
    let house = House::build(Engine::Sqlite).await;
    let url = serve(ok("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")).await;
    for (url, policy, told) in [
        (url.as_str(), UrlPolicy::default(), "address"),
        ("https://127.1/mine.ics", UrlPolicy::default(), "address"),
        ("https://169.254.169.254/latest", UrlPolicy::default(), "address"),
    ] {
        let watch = after_a_look(&house, url, policy).await;
        assert!(watch.last_error.as_ref().is_some_and(|error| error.contains(told)), "{url}: {watch:?}");
        assert_eq!((watch.seen_at, watch.due_at), (None, None), "not before its next tick");
    }
}

#[tokio::test]
async fn a_redirect_a_flood_and_an_error_are_told_and_bounded() {
    let house = House::build(Engine::Sqlite).await;
    let flood = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "x".repeat(2 * 1024 * 1024));
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 52428800\r\nconnection: close\r\n\r\nBEGIN".to_owned();
    let elsewhere = "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n".to_owned();
    let gone = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned();
    for (answer, told) in [
        (flood, "more than 1048576 bytes"),
        (announced, "more than 1048576 bytes"),
        (elsewhere, "302, a redirect, which is not followed"),
        (gone, "404"),
        (ok("<html>"), "not iCalendar text"),
    ] {
        let watch = after_a_look(&house, &serve(answer).await, open_policy()).await;
        assert!(watch.last_error.as_ref().is_some_and(|error| error.contains(told)), "{told}: {:?}", watch.last_error);
    }
    let broken = "HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned();
    let watch = after_a_look(&house, &serve(broken).await, open_policy()).await;
    assert!(watch.due_at.is_some(), "a server that is at fault is asked again soon");
}
