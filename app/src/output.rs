//! The two ways out: data on stdout, everything that is said about it on stderr.

use std::io::{self, Write};

/// One line of data.
pub(crate) fn data(line: impl AsRef<str>) {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{}", line.as_ref()).and_then(|()| out.flush());
    end_without_a_reader(&written);
}

/// One line about what happens.
pub(crate) fn note(line: impl AsRef<str>) {
    // Nobody is left to be told that telling failed.
    writeln!(io::stderr().lock(), "{}", line.as_ref()).ok();
}

/// An unfinished line that asks for an answer.
pub(crate) fn ask(text: impl AsRef<str>) {
    let mut out = io::stderr().lock();
    write!(out, "{}", text.as_ref()).and_then(|()| out.flush()).ok();
}

/// `portolan ... | head` closes the pipe when it has enough. That is not a failure, and nobody reads what would follow. An
/// embedded job goes on at the next start.
fn end_without_a_reader(written: &io::Result<()>) {
    if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        std::process::exit(0);
    }
}
