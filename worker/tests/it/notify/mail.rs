//! Mails: what arrives in a mailbox, and what a bad mail server costs.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    alert::{AlertKind, NewAlert, Severity},
    channel::{ChannelRequest, Destination, EmailDestination},
    delivery::DeliveryStatus,
};
use serde_json::json;
use worker::notify::{Config, SmtpConfig, SmtpTls, SystemResolver};

use super::{
    House, config, owner,
    smtp::{MailServer, Manner},
};

async fn house(port: Option<u16>) -> House {
    let smtp = port.map(|port| SmtpConfig {
        host: "127.0.0.1".into(),
        port,
        tls: SmtpTls::None,
        user: None,
        password: None,
        from: "Portolan <portolan@example.com>".into(),
    });
    let house = House::with(Config { smtp, ..config() }, Arc::new(SystemResolver)).await;
    let destination = Destination::Email(EmailDestination { address: "ana@example.org".into() });
    let request = ChannelRequest { user_id: None, name: "mail".into(), destination };
    house.store.create_channel(&owner(), &request, None).await.expect("it is made");
    let alert = NewAlert {
        user_id: None,
        kind: AlertKind::Price,
        severity: Severity::Critical,
        title: "Günstiger <now>".into(),
        body: "150 EUR & less\n\n<script>alert(1)</script>\n.\nend".into(),
        data: json!({}),
        cause_key: "c".into(),
    };
    house.store.raise_alert(&owner(), &alert).await.expect("it is raised");
    house
}

#[tokio::test]
async fn a_mail_has_text_and_html_and_one_id_on_every_attempt() {
    let server = MailServer::start(Manner::SilentAfterData).await;
    let house = house(Some(server.port)).await;
    let id = house.deliveries().await[0].id;
    house.send_due().await;
    assert_eq!(house.error_of(id).await.0, DeliveryStatus::Pending, "nobody said that it was taken");
    store::testing::hurry_deliveries(&house.store).await;
    house.send_due().await;
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    for mail in mails {
        assert_eq!(
            (mail.from.as_str(), mail.to.as_str()),
            ("MAIL FROM:<portolan@example.com>", "RCPT TO:<ana@example.org>")
        );
        assert!(mail.data.contains(&format!("Message-ID: <{id}@example.com>")), "{}", mail.data);
        for part in
            ["multipart/alternative", "text/plain", "text/html", "&lt;script&gt;", "To: ana@example.org", "Date: "]
        {
            assert!(mail.data.contains(part), "{part} is not in {}", mail.data);
        }
        let html = mail.data.split("text/html").nth(1).expect("a part of it");
        assert!(!html.contains("<script"), "{html}");
    }
}

#[tokio::test]
async fn a_mail_that_is_taken_is_delivered() {
    let server = MailServer::start(Manner::Takes).await;
    let house = house(Some(server.port)).await;
    house.send_all().await;
    let delivery = house.deliveries().await.remove(0);
    assert_eq!(
        (delivery.status, delivery.response_status, server.mails().len()),
        (DeliveryStatus::Delivered, Some(250), 1)
    );
}

#[tokio::test]
async fn a_mail_server_that_stalls_costs_one_timeout() {
    let server = MailServer::start(Manner::Silent).await;
    let house = house(Some(server.port)).await;
    let begun = Instant::now();
    house.send_due().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let delivery = house.deliveries().await.remove(0);
    assert_eq!((delivery.status, delivery.attempts), (DeliveryStatus::Pending, 1));
}

#[tokio::test]
async fn what_a_mail_server_refuses_for_good_is_dead_and_for_now_waits() {
    for (said, status) in [
        ("550 no such mailbox", DeliveryStatus::Dead),
        ("451 try later", DeliveryStatus::Pending),
        // Of the operator's settings, not of the mailbox.
        ("530 authentication required", DeliveryStatus::Pending),
        ("535 who are you", DeliveryStatus::Pending),
    ] {
        let server = MailServer::start(Manner::Refuses(said)).await;
        let house = house(Some(server.port)).await;
        house.send_due().await;
        let delivery = house.deliveries().await.remove(0);
        assert_eq!(delivery.status, status, "{said}");
        assert_eq!(delivery.response_status, said[..3].parse().ok());
        assert!(delivery.last_error.expect("a reason").contains("did not take it"));
    }
}

#[tokio::test]
async fn without_a_mail_server_a_mail_waits_for_one_and_says_so() {
    let house = house(None).await;
    house.send_due().await;
    let delivery = house.deliveries().await.remove(0);
    assert_eq!(delivery.status, DeliveryStatus::Pending);
    assert!(delivery.last_error.expect("a reason").contains("notify.smtp"));
}
