//! Times, counts and names in words.
//!
//! Next: `serve.rs`, the other end of the wire.

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

/// A time with three or four digits: `2.001 s`, `12.3 ms`, `85 µs`.
#[must_use]
pub fn short(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds >= 9_999.5 {
        format!("{seconds:.0} s")
    } else if seconds >= 99.95 {
        format!("{seconds:.1} s")
    } else if seconds >= 0.999_95 {
        format!("{seconds:.3} s")
    } else if seconds >= 0.009_995 {
        format!("{:.1} ms", seconds * 1e3)
    } else if seconds >= 0.000_999_5 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{:.0} µs", seconds * 1e6)
    }
}

/// A count with its thousands apart: `10,000`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun: `1 egg`, `4 eggs`.
#[must_use]
pub fn plural(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

/// Text from outside, fit for a terminal: without control characters, and no
/// longer than `width` columns.
#[must_use]
pub fn printable(text: &str, width: usize) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        if character.is_control() || is_invisible(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
        if shown.width() > width {
            return cut(&shown, width);
        }
    }
    shown
}

/// Characters that turn the direction of writing around or join others.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn cut(text: &str, width: usize) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        shown.push(character);
        if shown.width() >= width {
            shown.pop();
            break;
        }
    }
    shown + "…"
}

/// `text`, filled up with spaces to `width` columns.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    let fill = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(fill))
}

/// The columns that `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_or_four_digits() {
        let texts = [
            (0, "0 µs"),
            (85_400, "85 µs"),
            (999_600, "1.00 ms"),
            (1_234_567, "1.23 ms"),
            (9_996_000, "10.0 ms"),
            (212_340_000, "212.3 ms"),
            (999_960_000, "1.000 s"),
            (2_001_234_567, "2.001 s"),
            (100_000_000_000, "100.0 s"),
            (86_400_000_000_000, "86400 s"),
        ];
        for (nanos, text) in texts {
            assert_eq!(short(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn thousands_stand_apart() {
        let texts = [(0, "0"), (999, "999"), (1_000, "1,000")];
        for (number, text) in texts {
            assert_eq!(count(number), text);
        }
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(plural(1, "egg"), "1 egg");
        assert_eq!(plural(10_000, "egg"), "10,000 eggs");
    }

    #[test]
    fn text_from_outside_cannot_drive_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\n", 80), "a\\u{1b}[2Jb\\u{a}");
        assert_eq!(printable("\u{202e}x", 80), "\\u{202e}x");
        assert_eq!(printable("Spiegelei", 6), "Spieg…");
        assert_eq!(printable("鶏の卵です", 6), "鶏の…");
        assert_eq!(printable("Spiegelei", 9), "Spiegelei");
    }

    #[test]
    fn wide_letters_count_twice() {
        assert_eq!(pad("卵", 4), "卵  ");
        assert_eq!(width("卵"), 2);
    }
}
