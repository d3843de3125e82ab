//! The flags of every list, and the query that they make.

use clap::{Args, value_parser};

use super::ServerArgs;

/// How much of a list, how to show it, and whose it is.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// At most this many.
    #[arg(long, default_value_t = 20, value_parser = value_parser!(u32).range(1..=100))]
    limit: u32,
    /// The server's answer as it is.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

impl ListArgs {
    /// What to ask of the server: a page of this size, with the filters that are given.
    pub(crate) fn query<const N: usize>(
        &self,
        filters: [(&'static str, &Option<String>); N],
    ) -> Vec<(&'static str, String)> {
        let given = filters.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        given.chain([("limit", self.limit.to_string())]).collect()
    }
}
