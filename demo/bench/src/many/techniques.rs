//! The techniques: one after the other, a thread each, callbacks, a green
//! thread each, a task each. What one egg takes is written as the technique
//! has one write it.
//!
//! Next: `green.rs`.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use super::green;
use crate::eggs::{self, REQUEST};

/// A technique: fries so many eggs, all at once if it can.
pub type Technique = fn(SocketAddr, usize) -> io::Result<()>;

/// All of them, with their names.
pub const TECHNIQUES: [(&str, Technique); 5] = [
    (SEQUENTIAL, sequential),
    ("threads", threads),
    ("callbacks", callbacks),
    ("green threads", green::threads),
    ("async", tasks),
];

/// The one that takes an egg's time for each egg.
pub const SEQUENTIAL: &str = "sequential";

fn sequential(server: SocketAddr, count: usize) -> io::Result<()> {
    (0..count).try_for_each(|_| fry_egg(server))
}

fn threads(server: SocketAddr, count: usize) -> io::Result<()> {
    let mut handles = Vec::with_capacity(count);
    for _ in 0..count {
        let builder = thread::Builder::new();
        handles.push(builder.spawn(move || fry_egg(server))?);
    }
    let mut handles = handles.into_iter();
    handles.try_for_each(|handle| handle.join().expect("it does not panic"))
}

/// Blocks its thread.
fn fry_egg(server: SocketAddr) -> io::Result<()> {
    let mut connection = TcpStream::connect(server)?;
    connection.write_all(REQUEST)?;
    let mut reply = Vec::new();
    connection.read_to_end(&mut reply)?;
    check(&reply)
}

fn callbacks(server: SocketAddr, count: usize) -> io::Result<()> {
    let fried = eggs::fry(server, count)?;
    let lost = format!("{} eggs were lost", fried.lost);
    if fried.lost == 0 { Ok(()) } else { Err(io::Error::other(lost)) }
}

fn tasks(server: SocketAddr, count: usize) -> io::Result<()> {
    onecook::block_on(async move {
        let mut handles = Vec::with_capacity(count);
        for _ in 0..count {
            handles.push(onecook::spawn(fry_egg_async(server)));
        }
        for handle in handles {
            handle.await.expect("it does not panic")?;
        }
        Ok(())
    })
}

/// Lets the others cook meanwhile.
async fn fry_egg_async(server: SocketAddr) -> io::Result<()> {
    let connection = onecook::net::TcpStream::connect(server).await?;
    connection.write_all(REQUEST).await?;
    let (mut reply, mut chunk) = (Vec::new(), [0; 256]);
    loop {
        match connection.read(&mut chunk).await? {
            0 => return check(&reply),
            count => reply.extend_from_slice(&chunk[..count]),
        }
    }
}

/// Whether it is an egg.
pub(super) fn check(reply: &[u8]) -> io::Result<()> {
    let is_egg = reply.starts_with(b"HTTP/1.1 200");
    if is_egg { Ok(()) } else { Err(io::Error::other("that is no egg")) }
}
