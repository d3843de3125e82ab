//! A webhook receiver and a mail server of the test's own, in threads: as bad as the test needs them.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use reqwest::header::HeaderMap;
use serde_json::Value;

/// What a receiver does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Status(u16),
    Redirect(String),
    /// Reads, and does not answer for so long.
    Stall(Duration),
    /// Reads, and breaks the connection off.
    Reset,
}

/// A request as it came, and what was done with it.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    /// Names in lower case.
    headers: HashMap<String, String>,
    body: String,
    pub(crate) is_taken: bool,
}

impl Hit {
    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }

    /// What a receiver does that uses the reference library.
    pub(crate) fn verifies(&self, secret: &str) -> bool {
        let mut headers = HeaderMap::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            headers.insert(name, self.headers[name].parse().expect("a header"));
        }
        let library = standardwebhooks::Webhook::new(secret).expect("a secret");
        library.verify(self.body.as_bytes(), &headers).is_ok()
    }
}

type Script = dyn Fn(usize) -> Reply + Send + Sync;

/// Listens as long as the test process lives.
pub(crate) struct Receiver {
    pub(crate) url: String,
    hits: Arc<Mutex<Vec<Hit>>>,
}

impl Receiver {
    /// Answers the `n`-th request, from 0, with what `script` says.
    pub(crate) fn start(script: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}/hook", listener.local_addr().expect("it has an address"));
        let (hits, script): (Arc<Mutex<Vec<Hit>>>, Arc<Script>) = (Arc::default(), Arc::new(script));
        let kept = Arc::clone(&hits);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, script) = (Arc::clone(&kept), Arc::clone(&script));
                thread::spawn(move || serve(stream, &kept, &*script));
            }
        });
        Self { url, hits }
    }

    pub(crate) fn hits(&self) -> Vec<Hit> {
        self.hits.lock().expect("nobody panicked").clone()
    }
}

fn serve(stream: TcpStream, hits: &Mutex<Vec<Hit>>, script: &Script) {
    let mut reader = BufReader::new(stream);
    let Some((headers, body)) = read(&mut reader) else { return };
    let reply = {
        let mut hits = hits.lock().expect("nobody panicked");
        let reply = script(hits.len());
        let is_taken = matches!(reply, Reply::Status(200..300));
        hits.push(Hit { headers, body, is_taken });
        reply
    };
    let head = match reply {
        Reply::Status(status) => format!("HTTP/1.1 {status} Said\r\n"),
        Reply::Redirect(to) => format!("HTTP/1.1 302 Said\r\nlocation: {to}\r\n"),
        Reply::Stall(span) => return thread::sleep(span),
        Reply::Reset => return,
    };
    // A sender that was killed meanwhile is what some tests are about.
    reader.get_mut().write_all(format!("{head}content-length: 0\r\nconnection: close\r\n\r\n").as_bytes()).ok();
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<(HashMap<String, String>, String)> {
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.trim_end().split_once(": ") {
            headers.insert(name.to_lowercase(), value.to_owned());
        }
    }
    let length: usize = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((headers, String::from_utf8(body).ok()?))
}

/// Takes every mail, and keeps what came.
pub(crate) struct MailServer {
    pub(crate) port: u16,
    mails: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let mails: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&mails);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = Arc::clone(&kept);
                thread::spawn(move || talk(BufReader::new(stream), &kept));
            }
        });
        Self { port, mails }
    }

    pub(crate) fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("nobody panicked").clone()
    }
}

/// Just enough SMTP.
fn talk(mut stream: BufReader<TcpStream>, mails: &Mutex<Vec<String>>) -> Option<()> {
    let say = |stream: &mut BufReader<TcpStream>, text: &str| stream.get_mut().write_all(text.as_bytes()).ok();
    say(&mut stream, "220 test ESMTP\r\n")?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.get(..4).unwrap_or_default().to_uppercase().as_str() {
            "EHLO" => say(&mut stream, "250-test\r\n250 8BITMIME\r\n")?,
            "DATA" => {
                say(&mut stream, "354 go on\r\n")?;
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut mail).ok().filter(|read| *read > 0)?;
                }
                mails.lock().expect("nobody panicked").push(mail);
                say(&mut stream, "250 kept\r\n")?;
            }
            "QUIT" => return say(&mut stream, "221 bye\r\n"),
            _ => say(&mut stream, "250 ok\r\n")?,
        }
    }
}
