//! A watch as a new user meets it: made over HTTP, in a time that runs fast, until its suggestion is a plan.

use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    TenantId,
    alert::{AlertKind, AlertRecord},
    money::Currency,
};
use reqwest::Client;
use serde_json::{Value, json};
use store::{AlertFilter, Config, Owner, Store};
use worker::providers::{FlightQuery, Providers, cheapest_flights};

use crate::support::{Dev, PATIENCE, Place, Running};

/// Two hours a second: three days pass in little more than half a minute.
const SPEED: &str = "7200";
const LOOK: Duration = Duration::from_millis(100);
const NIGHTS: u64 = 3;

fn client() -> Client {
    Client::builder().timeout(PATIENCE).build().expect("a client can be built")
}

async fn get(client: &Client, url: &str) -> Value {
    client.get(url).send().await.expect("it answers").json().await.expect("in JSON")
}

async fn post(client: &Client, url: &str, body: &Value) -> Value {
    let answer = client.post(url).json(body).send().await.expect("it answers");
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    answer.json().await.expect("in JSON")
}

/// Asks until there is an answer that will do.
async fn until(client: &Client, url: &str, is: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE + PATIENCE;
    loop {
        let found = get(client, url).await;
        if is(&found) {
            return found;
        }
        assert!(Instant::now() < deadline, "{url} never gets there: {found:#}");
        tokio::time::sleep(LOOK).await;
    }
}

fn dev(place: &Place, arguments: &[&str]) -> Dev {
    let mut process = Running::start(place.command(&[&["dev", "--port", "0"], arguments].concat()));
    let line = process.wait_for("API ");
    let url = line.split_whitespace().last().expect("the line ends with the URL").to_owned();
    Dev { process, url }
}

fn flights(depart: NaiveDate, below_cents: i64) -> Value {
    let below = f64::from(i32::try_from(below_cents).expect("a fare")) / 100.0;
    json!({ "name": "Lisbon", "user_id": "ana", "watch": { "flight_price": { "origin": "Berlin", "destination": "Lisbon",
        "depart": depart, "nights": NIGHTS, "travellers": 2, "threshold": { "below": below }, "wishes": "art" } } })
}

async fn price(depart: NaiveDate, at: DateTime<Utc>) -> i64 {
    let query = FlightQuery {
        from_id: "berlin".to_owned(),
        to_id: "lisbon".to_owned(),
        depart,
        return_date: Some(depart + chrono::Days::new(NIGHTS)),
        people: 2,
        currency: Currency::EUR,
    };
    let quote = cheapest_flights(Providers::bundled().fares.as_ref(), &query, at).await.expect("the model answers");
    quote.expect("it is flown").price.amount_cents
}

/// A day of departure whose price falls within the next days, and stays low for longer than it takes to the next look; and
/// how low. The simulated movement knows no chance, so that this can be known.
async fn that_will_fall(now: DateTime<Utc>) -> (NaiveDate, i64) {
    for ahead in 150..250 {
        let depart = now.date_naive() + chrono::Days::new(ahead);
        let mut hourly = Vec::new();
        for hour in 0..72 {
            hourly.push(price(depart, now + chrono::Duration::hours(hour)).await);
        }
        let high = *hourly[..12].iter().min().expect("hours");
        let low = |from: usize| *hourly[from..from + 8].iter().max().expect("hours");
        let fallen = (12..60).map(low).find(|low| *low * 103 < high * 100);
        if let Some(low) = fallen {
            return (depart, low);
        }
    }
    panic!("no price falls within three days");
}

/// The alerts of a folder whose `dev` runs or has run.
async fn alerts(place: &Place) -> Vec<AlertRecord> {
    let url = format!("sqlite://{}", place.path().join(".portolan/portolan.db").display());
    let store = Store::connect(&Config { url, ..Config::default() }).await.expect("the database opens");
    let found = store.alerts(&Owner::new(TenantId::default_tenant()), &AlertFilter::default(), 100).await;
    store.close().await;
    found.expect("alerts can be listed")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_crosses_becomes_an_alert_and_an_approved_plan() {
    let (place, client) = (Place::new(), client());
    let dev = dev(&place, &["--time-scale", SPEED]);
    let watches = format!("{}/v1/watches", dev.url);
    // What time it is there.
    let day = DateTime::<Utc>::from(std::time::SystemTime::now()).date_naive() + chrono::Days::new(100);
    let made = post(&client, &watches, &flights(day, 1)).await;
    let now: DateTime<Utc> = made["created_at"].as_str().expect("an instant").parse().expect("an instant");
    let (depart, low) = that_will_fall(now).await;
    let made = post(&client, &watches, &flights(depart, low)).await;
    let id = made["watch_id"].as_str().expect("an id").to_owned();
    let watch = format!("{watches}/{id}");
    let fired = until(&client, &watch, |watch| watch["firings"] == 1).await;
    assert!(fired["history"]["count"].as_i64().is_some_and(|count| count >= 2), "it crossed: {fired:#}");
    let seen = get(&client, &format!("{watch}/observations?limit=100")).await;
    let looks = seen["observations"].as_array().expect("a list");
    let crossing = looks.iter().find(|look| look["outcome"] == "fired").expect("one fired");
    assert_eq!(looks.iter().filter(|look| look["outcome"] == "fired").count(), 1, "{seen:#}");
    assert!(looks.last().expect("the first look")["value"].as_i64() > Some(low));
    assert!(crossing["value"].as_i64() <= Some(low) && crossing["simulated"] == true, "{crossing:#}");
    let job = crossing["job_id"].as_str().expect("a suggestion").to_owned();
    // The alert.
    let raised: Vec<AlertRecord> =
        alerts(&place).await.into_iter().filter(|alert| alert.kind == AlertKind::Price).collect();
    assert_eq!(raised.len(), 1, "{raised:#?}");
    assert_eq!((raised[0].user_id.as_deref(), raised[0].data["job_id"].as_str()), (Some("ana"), Some(job.as_str())));
    assert!(raised[0].body.contains("simulated"), "{}", raised[0].body);
    // The suggestion, at its gate.
    let status = format!("{}/v1/status/{job}", dev.url);
    let waiting = until(&client, &status, |job| job["status"] != "queued" && job["status"] != "running").await;
    assert_eq!(
        (&waiting["status"], &waiting["mode"]),
        (&json!("waiting_approval"), &json!("proactive")),
        "{waiting:#}"
    );
    let gate = &waiting["gate"];
    assert!(
        gate["prompt"].as_str().is_some_and(|prompt| prompt.starts_with("Flights from Berlin to Lisbon")),
        "{gate:#}"
    );
    let evidence = &gate["proposal"]["suggestion"]["evidence"];
    assert!(evidence.as_array().is_some_and(|evidence| evidence.len() == 3), "{evidence:#}");
    // The price of the evidence, the crossing's and that of a fresh look at the same instant are one.
    let agreed = evidence[2]["text"].as_str().expect("a sentence");
    let paid = domain::money::Money::new(crossing["value"].as_i64().expect("a price"), Currency::EUR).to_string();
    assert!(agreed.contains(&paid), "{agreed} says another price than {paid}");
    // Into a plan, and into files.
    place.run(&["approve", &job, "approve"]).expect(0);
    place.run(&["follow", &job, "--out", "lisbon"]).expect(0);
    let plan = std::fs::read_to_string(place.path().join("lisbon/plan.json")).expect("it is written");
    let plan: Value = serde_json::from_str(&plan).expect("it is JSON");
    assert_eq!(plan["start_date"], json!(depart));
    for file in ["plan.md", "plan.ics", "plan.geojson"] {
        assert!(place.path().join("lisbon").join(file).exists(), "{file}");
    }
    // And seen in the terminal.
    let shown = place.run(&["watch", "show", &id]).expect(0).stdout;
    for needle in ["┼", "█", "(simulated)", "median", "fired", "waits for"] {
        assert!(shown.contains(needle), "{needle} is not in: {shown}");
    }
    assert!(!shown.contains('\u{1b}'), "no colour in a pipe");
    let shown: Value =
        serde_json::from_str(&place.run(&["watch", "show", &id, "--json"]).expect(0).stdout).expect("JSON");
    assert_eq!((&shown["watch"]["watch_id"], shown["observations"].is_array()), (&json!(id), true));
}

#[test]
fn a_watch_lives_on_the_command_line() {
    let place = Place::new();
    let _dev = place.dev();
    let line = "watch create flights --from Berlin --to Lisbon --depart 2027-05-08 --nights 3 --unusual --name Spring";
    let line: Vec<&str> = line.split_whitespace().collect();
    let id = place.run(&line).expect(0).says(&["has not fired"]).stdout.trim().to_owned();
    let checked = place.run(&["watch", "check", &id]).expect(0).stdout;
    assert!(checked.contains("flights from Berlin to Lisbon") && checked.contains("EUR"), "{checked}");
    let list = place.run(&["watch", "list"]).expect(0).stdout;
    assert!(list.contains(&id) && list.contains("active") && list.contains("Spring"), "{list}");
    place.run(&["watch", "pause", &id]).expect(0).says(&["is paused"]);
    place.run(&["watch", "check", &id]).expect(0);
    place.run(&["watch", "resume", &id]).expect(0).says(&["looks again"]);
    place.run(&["watch", "remove", &id]).expect(0).says(&["is gone"]);
    place.run(&["watch", "show", &id]).expect(3);
    assert_eq!(place.run(&["watch", "ls"]).expect(0).stdout.trim(), "No watches.");
    place
        .run(&[
            "watch",
            "create",
            "flights",
            "--from",
            "Atlantis",
            "--to",
            "Lisbon",
            "--depart",
            "2027-05-08",
            "--below",
            "1",
        ])
        .expect(2)
        .says(&["/watch/flight_price/origin", "Atlantis"]);
    place.write("bomb.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20200101T000000Z\r\nRRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    place
        .run(&["watch", "create", "calendar", "--file", "bomb.ics", "--days", "5", "--from", "Berlin"])
        .expect(2)
        .says(&["/watch/calendar_gap/calendar", "50000 times"]);
    place
        .run(&["watch", "create", "calendar", "--url", "https://127.1/c.ics", "--days", "5", "--from", "Berlin"])
        .expect(2)
        .says(&["/watch/calendar_gap/url"]);
}

/// Kills `dev` at a point of its first look, starts it again, and says what is there.
async fn after_a_death(point: &str) -> (usize, usize, usize) {
    let (place, client) = (Place::new(), client());
    let mut command = place.command(&["dev", "--port", "0"]);
    command.env("CRASH_AT", format!("{point}:1"));
    let mut process = Running::start(command);
    let line = process.wait_for("API ");
    let url = line.split_whitespace().last().expect("the line ends with the URL").to_owned();
    let day = DateTime::<Utc>::from(std::time::SystemTime::now()).date_naive() + chrono::Days::new(160);
    // It fires at its first look.
    let made = post(&client, &format!("{url}/v1/watches"), &flights(day, 10_000_000)).await;
    let id = made["watch_id"].as_str().expect("an id").to_owned();
    let (code, said) = process.end();
    assert_eq!(code, -1, "it was to die at {point}: {said:#?}");
    let dev = dev(&place, &[]);
    until(&client, &format!("{}/v1/watches/{id}", dev.url), |watch| watch["firings"] == 1).await;
    let jobs = format!("{}/v1/jobs?workflow=suggest&limit=100", dev.url);
    let jobs = until(&client, &jobs, |jobs| jobs["jobs"][0]["status"] == "waiting_approval").await;
    let seen = get(&client, &format!("{}/v1/watches/{id}/observations", dev.url)).await;
    let count = |list: &Value| list.as_array().expect("a list").len();
    let raised = alerts(&place).await.into_iter().filter(|alert| alert.kind == AlertKind::Price);
    let raised: Vec<AlertRecord> = raised.collect();
    assert!(raised.iter().all(|alert| alert.occurrences == 1), "{raised:#?}");
    (count(&seen["observations"]), count(&jobs["jobs"]), raised.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_between_seeing_and_firing_loses_nothing_and_doubles_nothing() {
    for point in ["watch:before_record", "watch:after_record"] {
        assert_eq!(after_a_death(point).await, (1, 1, 1), "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn time_that_ran_fast_goes_on_and_is_told_of() {
    let (place, client) = (Place::new(), client());
    let made = async |dev: &Dev| -> DateTime<Utc> {
        let day = DateTime::<Utc>::from(std::time::SystemTime::now()).date_naive() + chrono::Days::new(300);
        let made = post(&client, &format!("{}/v1/watches", dev.url), &flights(day, 1)).await;
        made["created_at"].as_str().expect("an instant").parse().expect("an instant")
    };
    let mut first = dev(&place, &["--time-scale", "100000"]);
    let one = made(&first).await;
    let two = made(&first).await;
    assert!(two > one);
    first.process.kill();
    let mut again = dev(&place, &["--time-scale", "100000"]);
    assert!(made(&again).await >= two, "it never goes back");
    again.process.kill();
    let mut slow = Running::start(place.command(&["dev", "--port", "0"]));
    slow.wait_for("ran with --time-scale");
}
