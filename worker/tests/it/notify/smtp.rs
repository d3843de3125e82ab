//! A mail server of the test's own: just enough SMTP to take a mail, to refuse one, or to stall.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What the server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Takes,
    /// Says this to RCPT.
    Refuses(&'static str),
    /// Takes the connection and says nothing.
    Silent,
    /// Takes the mail and does not say so.
    SilentAfterData,
}

/// A mail as it came.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) data: String,
}

pub(super) struct MailServer {
    pub(super) port: u16,
    mails: Arc<Mutex<Vec<Kept>>>,
    end: CancellationToken,
}

impl MailServer {
    pub(super) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let (mails, end, tasks) = (Arc::<Mutex<Vec<Kept>>>::default(), CancellationToken::new(), TaskTracker::new());
        let (kept, ended, spawner) = (Arc::clone(&mails), end.clone(), tasks.clone());
        tasks.spawn(async move {
            while let Some(Ok((stream, _))) = ended.run_until_cancelled(listener.accept()).await {
                let (kept, ended) = (Arc::clone(&kept), ended.clone());
                spawner.spawn(async move { ended.run_until_cancelled(talk(stream, manner, &kept)).await });
            }
        });
        Self { port, mails, end }
    }

    pub(super) fn mails(&self) -> Vec<Kept> {
        self.mails.lock().expect("nobody panicked").clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

async fn talk(stream: TcpStream, manner: Manner, mails: &Mutex<Vec<Kept>>) {
    if manner == Manner::Silent {
        return std::future::pending().await;
    }
    let mut stream = BufReader::new(stream);
    let mut mail = Kept::default();
    say(&mut stream, "220 test ESMTP").await;
    let mut line = String::new();
    while {
        line.clear();
        stream.read_line(&mut line).await.unwrap_or(0) > 0
    } {
        let command = line.trim_end().to_owned();
        match command.split([' ', ':']).next().unwrap_or_default().to_uppercase().as_str() {
            "EHLO" => say(&mut stream, "250-test\r\n250 8BITMIME").await,
            "MAIL" => {
                mail.from = command;
                say(&mut stream, "250 ok").await;
            }
            "RCPT" => {
                mail.to = command;
                say(&mut stream, if let Manner::Refuses(why) = manner { why } else { "250 ok" }).await;
            }
            "DATA" => {
                say(&mut stream, "354 go on").await;
                mail.data = read_data(&mut stream).await;
                mails.lock().expect("nobody panicked").push(mail.clone());
                if manner == Manner::SilentAfterData {
                    return std::future::pending().await;
                }
                say(&mut stream, "250 kept").await;
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            _ => say(&mut stream, "250 ok").await,
        }
    }
}

async fn read_data(stream: &mut BufReader<TcpStream>) -> String {
    let (mut data, mut line) = (String::new(), String::new());
    while {
        line.clear();
        stream.read_line(&mut line).await.unwrap_or(0) > 0
    } && line != ".\r\n"
    {
        data.push_str(line.strip_prefix("..").map(|rest| format!(".{rest}")).as_deref().unwrap_or(&line));
    }
    data
}

async fn say(stream: &mut BufReader<TcpStream>, text: &str) {
    stream.write_all(format!("{text}\r\n").as_bytes()).await.unwrap_or_default();
}
