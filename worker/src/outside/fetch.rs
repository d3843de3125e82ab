//! One GET from an address that a customer gave, with an end to everything: time, size, redirects.

use std::time::Duration;

use reqwest::{Response, header::ACCEPT};

use super::{Guard, NotAdmitted, cause_of, client};

/// Fetches through the guard.
pub(crate) struct Fetcher {
    pub(crate) guard: Guard,
    pub(crate) connect_timeout: Duration,
    /// For all of it, from resolving the name to the last byte.
    pub(crate) timeout: Duration,
    pub(crate) bytes_max: usize,
}

/// Why nothing was fetched, in a sentence for whoever gave the address. It does not name it: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
    /// Fetching the same again is pointless.
    #[error("{0}")]
    Refused(String),
    /// It may be there later.
    #[error("{0}")]
    Unavailable(String),
}

impl Fetcher {
    /// What is there, if it is a success of at most `bytes_max`.
    pub(crate) async fn fetch(&self, url: &str, accept: &'static str) -> Result<Vec<u8>, FetchError> {
        let late = || FetchError::Unavailable(format!("there was no answer within {} ms", self.timeout.as_millis()));
        tokio::time::timeout(self.timeout, self.get(url, accept)).await.map_err(|_| late())?
    }

    async fn get(&self, url: &str, accept: &'static str) -> Result<Vec<u8>, FetchError> {
        let admitted = self.guard.admit(url).await.map_err(|refused| match refused {
            NotAdmitted::Refused(_) => FetchError::Refused(refused.to_string()),
            NotAdmitted::RefusedNow(_) | NotAdmitted::Unresolved => FetchError::Unavailable(refused.to_string()),
        })?;
        let broken =
            |error: reqwest::Error| FetchError::Unavailable(format!("it could not be fetched{}", cause_of(&error)));
        let client = client(&admitted, self.connect_timeout, self.timeout).map_err(broken)?;
        let response = client.get(&admitted.url).header(ACCEPT, accept).send().await.map_err(broken)?;
        let status = response.status().as_u16();
        match status {
            200..300 => self.read(response).await,
            300..400 => Err(FetchError::Refused(format!("the answer is {status}, a redirect, which is not followed"))),
            400..500 => Err(FetchError::Refused(format!("the answer is {status}"))),
            _ => Err(FetchError::Unavailable(format!("the answer is {status}"))),
        }
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, FetchError> {
        let too_large = || FetchError::Refused(format!("it has more than {} bytes", self.bytes_max));
        if response.content_length().is_some_and(|length| length > self.bytes_max as u64) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                // Counted while it streams in: neither a missing nor a false length gets past the limit.
                Ok(Some(chunk)) if bytes.len() + chunk.len() > self.bytes_max => return Err(too_large()),
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Ok(bytes),
                Err(error) => {
                    return Err(FetchError::Unavailable(format!("it broke off before its end{}", cause_of(&error))));
                }
            }
        }
    }
}
