//! The other end of a connection: it takes a request, and sends a reply.
//!
//! Next: `frees.rs`, how one sees that a value is dropped.

use std::io::ErrorKind;

use super::{Answer, Leaf, Script, Value, text_length};

/// The other end of a connection.
#[derive(Default)]
pub(super) struct Connection {
    request: Vec<u8>,
    pieces_written: usize,
    reply: Option<Vec<u8>>,
    given: usize,
    pieces_read: usize,
}

impl Script {
    fn connection(&mut self, leaf: Leaf) -> &mut Connection {
        let Leaf::Connection(number) = leaf else { panic!("no connection") };
        &mut self.connections[number - 1]
    }

    /// A whole, half of it, or just a bit: for one more piece than there are.
    fn piece(&mut self, length: usize, pieces: usize) -> usize {
        let may_halve = length > 1 && pieces + 1 < self.setting.pieces;
        if !may_halve {
            return length;
        }
        match self.choices.choose(3) {
            0 => length,
            1 => length / 2,
            _ => length.min(20),
        }
    }

    pub(super) fn write(&mut self, leaf: Leaf, bytes: &[u8]) -> Answer {
        if self.fails(1).is_some() {
            return Answer::Failed(ErrorKind::BrokenPipe);
        }
        let pieces = self.connection(leaf).pieces_written;
        let count = self.piece(bytes.len(), pieces);
        let connection = self.connection(leaf);
        connection.pieces_written += 1;
        connection.request.extend_from_slice(&bytes[..count]);
        Answer::Bytes(count)
    }

    pub(super) fn read(&mut self, leaf: Leaf, space: &mut [u8]) -> Answer {
        if self.connection(leaf).reply.is_none() {
            let reply = self.reply(leaf);
            self.connection(leaf).reply = Some(reply);
        }
        if self.fails(1).is_some() {
            return Answer::Failed(ErrorKind::ConnectionReset);
        }
        let Connection { reply, given, pieces_read, .. } =
            self.connection(leaf);
        let rest = reply.as_ref().map_or(0, Vec::len) - *given;
        let pieces = *pieces_read;
        let count = self.piece(rest.min(space.len()), pieces);
        let connection = self.connection(leaf);
        let from = connection.given;
        connection.pieces_read += 1;
        connection.given += count;
        let reply = connection.reply.as_deref().unwrap_or_default();
        space[..count].copy_from_slice(&reply[from..][..count]);
        Answer::Bytes(count)
    }

    /// What the server says: an egg, an error, or nothing at all.
    fn reply(&mut self, leaf: Leaf) -> Vec<u8> {
        let status = match self.fails(2) {
            None => "200 OK",
            Some(0) => "500 Burnt",
            Some(_) => return Vec::new(),
        };
        let Leaf::Connection(number) = leaf else { panic!("no connection") };
        let menu = self.setting.menu;
        let request = &self.connection(leaf).request;
        let line = request.split(|byte| *byte == b'\r').next();
        let request = String::from_utf8_lossy(line.unwrap_or_default());
        let path = request.split(' ').nth(1).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let mut text = menu(path.trim_start_matches('/'));
        let size = text_length(number);
        text += &" ".repeat(size - text.len());
        self.watched.push((size, Value::Text(number)));
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {size}");
        let reply = format!("{head}\r\n\r\n{text}").into_bytes();
        for length in [reply.len(), reply.len() / 2] {
            self.watched.push((length, Value::Reply(number)));
        }
        reply
    }
}
