//! How text stands out. Who wants no colours gets none: `anstream` strips
//! them where the output is no terminal, or `NO_COLOR` is set.
//!
//! Next: `timeline.rs`, the picture.

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
