//! E-mail, through the operator's own mail server.

use std::time::Duration;

use domain::channel::EmailDestination;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use secrecy::ExposeSecret;

use super::{
    channel::{Channel, Message, SendError, Sent},
    config::{SmtpConfig, SmtpTls},
    render::Told,
};

/// Tells mailboxes.
pub(super) struct Email {
    server: Option<Server>,
    timeout: Duration,
}

struct Server {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Email {
    pub(super) fn new(config: Option<&SmtpConfig>, timeout: Duration) -> Result<Self, super::Error> {
        let server = config.map(|smtp| Server::new(smtp, timeout)).transpose()?;
        Ok(Self { server, timeout })
    }
}

impl Server {
    fn new(smtp: &SmtpConfig, timeout: Duration) -> Result<Self, super::Error> {
        let from: Mailbox = smtp
            .from
            .parse()
            .map_err(|_| super::Error::Config(format!("notify.smtp.from ({}) is no mailbox", smtp.from)))?;
        let parameters = || TlsParameters::new(smtp.host.clone()).map_err(super::Error::Mail);
        let tls = match smtp.tls {
            SmtpTls::Starttls => Tls::Required(parameters()?),
            SmtpTls::Implicit => Tls::Wrapper(parameters()?),
            SmtpTls::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .port(smtp.port)
            .tls(tls)
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .timeout(Some(timeout));
        if let (Some(user), Some(password)) = (&smtp.user, &smtp.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), from })
    }

    fn mail(&self, message: Message<'_>, to: Address) -> Result<Mail, SendError> {
        let told = Told::read(message)?;
        let subject = match &told.alert {
            Some(alert) => format!("[{}] {}", alert.severity, told.title()),
            None => told.title(),
        };
        // The same on every attempt, so that a mailbox that gets it twice shows it once.
        let id = format!("<{}@{}>", message.delivery.id, self.from.email.domain());
        Mail::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .message_id(Some(id))
            .date(message.delivery.created_at.into())
            .multipart(MultiPart::alternative_plain_html(told.text(), told.html()))
            .map_err(|error| SendError::give_up(format!("the mail cannot be written: {error}")))
    }
}

impl Channel for Email {
    type Target = EmailDestination;

    async fn send(&self, message: Message<'_>, target: &EmailDestination) -> Result<Sent, SendError> {
        // An operator may still give one before the last attempt.
        let server = self
            .server
            .as_ref()
            .ok_or_else(|| SendError::retry("no mail server is configured; the operator sets notify.smtp"))?;
        let to: Address =
            target.address.parse().map_err(|_| SendError::give_up("the channel's address is no e-mail address"))?;
        let mail = server.mail(message, to)?;
        // The library's timeout is for each step; a server that stalls on every step must end, too.
        let late =
            || SendError::retry(format!("the mail server did not answer within {} ms", self.timeout.as_millis()));
        let sent = tokio::time::timeout(self.timeout, server.transport.send(mail)).await.map_err(|_| late())?;
        match sent {
            Ok(response) => Ok(Sent { status: Some(code(response.code())) }),
            Err(error) => Err(refused(&error)),
        }
    }
}

fn refused(error: &lettre::transport::smtp::Error) -> SendError {
    let status = error.status().map(code);
    let message = format!("the mail server did not take it: {error}");
    let message = message.chars().filter(|c| !c.is_control()).take(300).collect::<String>();
    // It does not take our word for who we are: a setting of the operator's, who may mend it before the last attempt.
    let is_ours = matches!(status, Some(530 | 534 | 535 | 538));
    let failed = if error.is_permanent() && !is_ours { SendError::give_up(message) } else { SendError::retry(message) };
    SendError { status, ..failed }
}

fn code(code: lettre::transport::smtp::response::Code) -> u16 {
    code.into()
}
