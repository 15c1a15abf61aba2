//! Bytes on their way: read at one end, consumed at the other.
//!
//! It starts small, because ten thousand connections have one each, and grows
//! when a read filled it to the brim.
//!
//! Next: `request.rs`, what the server reads.

/// The first allocation. A request of a browser fits, nearly always.
const FIRST: usize = 512;

/// It is not made larger than this just to read faster.
const LARGE: usize = 64 * 1024;

/// Bytes received and not yet consumed.
#[derive(Debug, Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// What was received and not yet consumed.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Where the next read goes; never empty.
    pub fn space(&mut self) -> &mut [u8] {
        let was_full = self.end == self.bytes.len();
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let no_room = self.end == self.bytes.len();
        if no_room || (was_full && self.bytes.len() < LARGE) {
            let length = (self.bytes.len() * 2).max(FIRST);
            self.bytes.resize(length, 0);
        }
        &mut self.bytes[self.end..]
    }

    /// Says that a read put `count` bytes into the space.
    pub fn filled(&mut self, count: usize) {
        debug_assert!(count <= self.bytes.len() - self.end);
        self.end += count;
    }

    /// Forgets the first `count` bytes.
    pub fn consume(&mut self, count: usize) {
        debug_assert!(count <= self.data().len());
        self.start += count;
    }

    /// Adds bytes as a read would.
    #[cfg(test)]
    pub fn push(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let space = self.space();
            let count = space.len().min(rest.len());
            space[..count].copy_from_slice(&rest[..count]);
            self.filled(count);
            rest = &rest[count..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_the_order_they_went_in() {
        let mut buffer = Buffer::default();
        let all: Vec<u8> = (0..=255).cycle().take(5_000).collect();
        let mut seen = Vec::new();
        for piece in all.chunks(100) {
            buffer.push(piece);
            let half = buffer.data().len() / 2;
            seen.extend_from_slice(&buffer.data()[..half]);
            buffer.consume(half);
        }
        seen.extend_from_slice(buffer.data());
        assert_eq!(seen, all);
    }

    #[test]
    fn it_starts_small_and_grows_only_when_filled() {
        let mut buffer = Buffer::default();
        assert_eq!(buffer.space().len(), FIRST);
        buffer.filled(10);
        buffer.consume(10);
        assert_eq!(buffer.space().len(), FIRST);
        buffer.filled(FIRST);
        buffer.consume(FIRST);
        assert_eq!(buffer.space().len(), 2 * FIRST);
    }
}
