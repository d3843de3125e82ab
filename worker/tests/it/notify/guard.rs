//! S30 to S32 with real connections: nothing inside is reached, whatever an address says or a name stands for.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::delivery::DeliveryStatus;
use futures::future::BoxFuture;
use store::testing::hurry_deliveries;
use worker::notify::{Config, Resolve};

use super::{
    House, config,
    receiver::{Receiver, Reply},
};

/// Answers the `n`-th question with the `n`-th list, and the last one from then on.
struct Turning {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
    names: Mutex<Vec<String>>,
}

impl Turning {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let read = |list: &&[&str]| list.iter().map(|text| text.parse().expect("an address")).collect();
        Arc::new(Self {
            answers: answers.iter().map(read).collect(),
            asked: AtomicUsize::new(0),
            names: Mutex::default(),
        })
    }
}

impl Resolve for Turning {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let number = self.asked.fetch_add(1, Ordering::SeqCst);
            self.names.lock().expect("nobody panicked").push(name.to_owned());
            Ok(self.answers[number.min(self.answers.len() - 1)].clone())
        })
    }
}

/// Lets `address` through, and nothing else that is private.
fn only(address: &str) -> Config {
    Config { allow_private: vec![address.parse().expect("an address")], ..config() }
}

/// S30, past the check at the creation: a row that is there all the same leads nowhere.
#[tokio::test]
async fn an_inner_address_is_not_connected_to_even_if_a_row_has_it() {
    let canary = Receiver::start(|_, _| Reply::Status(200)).await;
    let port = canary.address.port();
    let config = Config { allow_private: vec![], ports: vec![80, 443, port], ..config() };
    let house = House::with(config, Turning::new(&[&["127.0.0.1"]])).await;
    for (url, status) in [
        (format!("http://127.1:{port}/"), DeliveryStatus::Dead),
        (format!("http://0x7f000001:{port}/"), DeliveryStatus::Dead),
        (format!("http://2130706433:{port}/"), DeliveryStatus::Dead),
        (format!("http://[::ffff:127.0.0.1]:{port}/"), DeliveryStatus::Dead),
        (format!("http://localhost.:{port}/"), DeliveryStatus::Dead),
        (format!("http://user@127.0.0.1:{port}/"), DeliveryStatus::Dead),
        ("file:///etc/passwd".to_owned(), DeliveryStatus::Dead),
        // What the name stands for may change, so it is tried again; it was not connected to.
        (format!("http://inner.example.com:{port}/"), DeliveryStatus::Pending),
    ] {
        let (hook, _) = house.hook(&url).await;
        let id = house.ping(hook).await;
        house.send_due().await;
        let (found, error) = house.error_of(id).await;
        assert_eq!(found, status, "{url}: {error}");
        assert!(error.starts_with("the address"), "{error}");
    }
    assert_eq!(canary.hits().len(), 0);
}

/// S31: the name turns to another address between two questions.
#[tokio::test]
async fn a_name_is_asked_once_and_what_was_checked_is_connected_to() {
    let receiver = Receiver::start(|number, _| Reply::Status(if number == 0 { 500 } else { 200 })).await;
    let port = receiver.address.port();
    let canary = Receiver::start_at(&format!("127.0.0.2:{port}"), |_, _| Reply::Status(200)).await;
    let resolver = Turning::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let house = House::with(only(&format!("127.0.0.1:{port}")), resolver.clone()).await;
    let (hook, _) = house.hook(&format!("http://hook.test:{port}/hook")).await;
    let id = house.ping(hook).await;
    house.send_due().await;
    assert_eq!((receiver.hits().len(), resolver.asked.load(Ordering::SeqCst)), (1, 1));
    assert_eq!(
        receiver.hits()[0].headers["host"],
        format!("hook.test:{port}"),
        "the name stays what the receiver sees"
    );
    hurry_deliveries(&house.store).await;
    house.send_due().await;
    let (status, error) = house.error_of(id).await;
    assert_eq!(status, DeliveryStatus::Pending);
    assert!(error.contains("does not lead to a public address"), "{error}");
    assert_eq!((receiver.hits().len(), canary.hits().len()), (1, 0));
    assert_eq!(*resolver.names.lock().expect("nobody panicked"), ["hook.test", "hook.test"]);
}

/// S32.
#[tokio::test]
async fn one_inner_address_among_allowed_ones_stops_it() {
    let receiver = Receiver::start(|_, _| Reply::Status(200)).await;
    let port = receiver.address.port();
    for answers in [["127.0.0.1", "10.0.0.1"], ["fd00::1", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]] {
        let house = House::with(only(&format!("127.0.0.1:{port}")), Turning::new(&[&answers])).await;
        let (hook, _) = house.hook(&format!("http://hook.test:{port}/")).await;
        let id = house.ping(hook).await;
        house.send_due().await;
        assert_eq!(house.error_of(id).await.0, DeliveryStatus::Pending);
    }
    assert_eq!(receiver.hits().len(), 0);
}

/// S36: whether something listens inside cannot be learned.
#[tokio::test]
async fn open_and_closed_inner_ports_say_the_same() {
    let open = Receiver::start(|_, _| Reply::Status(200)).await;
    let closed = Receiver::start(|_, _| Reply::Status(200)).await.address;
    let ports = vec![open.address.port(), closed.port()];
    let house = House::with(
        Config { allow_private: vec![], ports: ports.clone(), ..config() },
        Turning::new(&[&["127.0.0.1"]]),
    )
    .await;
    let mut said = Vec::new();
    for port in ports {
        let (hook, _) = house.hook(&format!("http://hook.test:{port}/")).await;
        let id = house.ping(hook).await;
        house.send_due().await;
        said.push(house.error_of(id).await);
    }
    assert_eq!(said[0], said[1]);
}
