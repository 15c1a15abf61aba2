//! How text stands out, and how it goes out. Who wants no colours gets none:
//! `anstream` strips them where the output is no terminal, and where
//! `NO_COLOR` is set.
//!
//! Next: `axis.rs`, from times to columns.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

/// Text that matters less.
pub const DIM: Style = Style::new().dimmed();
/// Text that matters more.
pub const BOLD: Style = Style::new().bold();
/// Something went wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Something went right.
pub const GOOD: Style = AnsiColor::Green.on_default();

/// `text` in `style`, and plain again after it.
#[must_use]
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Prints to stdout; that nobody reads it (`| head`) is no error.
///
/// # Errors
///
/// When stdout cannot be written to for any other reason.
pub fn print(text: &str) -> Result<(), String> {
    let mut stdout = anstream::stdout().lock();
    let printed = stdout.write_all(text.as_bytes());
    match printed.and_then(|()| stdout.flush()) {
        Err(why) if why.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("cannot write to stdout: {why}"))
        }
        _ => Ok(()),
    }
}
