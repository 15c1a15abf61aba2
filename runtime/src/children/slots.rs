//! Where the children of one type lie: pinned, and several in one box.
//!
//! A future must not move once it was polled, and safe code can pin what is
//! in a box, but not the elements of a `Vec`. A box for each child would do,
//! and costs a call to the allocator each. So eight small ones share a box,
//! as the fields of one struct, which `pin_project!` can pin one by one.
//!
//! Next: `../future/`, the parents.

use std::fmt;
use std::pin::Pin;

use pin_project_lite::pin_project;

/// A child of this size or more gets a box of its own: most of a chunk may
/// stay empty.
const LARGE: usize = 256;

/// How many small ones share a box.
const CHUNK: usize = 8;

/// Children of one type, by their places. An empty slot holds `None`.
pub(crate) struct Slots<F> {
    chunks: Vec<Pin<Box<Chunk<F>>>>,
    boxes: Vec<Pin<Box<Option<F>>>>,
}

pin_project! {
    struct Chunk<F> {
        #[pin]
        a: Option<F>,
        #[pin]
        b: Option<F>,
        #[pin]
        c: Option<F>,
        #[pin]
        d: Option<F>,
        #[pin]
        e: Option<F>,
        #[pin]
        f: Option<F>,
        #[pin]
        g: Option<F>,
        #[pin]
        h: Option<F>,
    }
}

impl<F> Chunk<F> {
    #[allow(clippy::many_single_char_names)] // they are the fields
    fn boxed() -> Pin<Box<Chunk<F>>> {
        Box::pin(Chunk {
            a: None,
            b: None,
            c: None,
            d: None,
            e: None,
            f: None,
            g: None,
            h: None,
        })
    }

    fn filled(
        first: F,
        others: &mut impl Iterator<Item = F>,
    ) -> Pin<Box<Chunk<F>>> {
        Box::pin(Chunk {
            a: Some(first),
            b: others.next(),
            c: others.next(),
            d: others.next(),
            e: others.next(),
            f: others.next(),
            g: others.next(),
            h: others.next(),
        })
    }

    #[inline]
    fn slots(self: Pin<&mut Self>) -> [Pin<&mut Option<F>>; CHUNK] {
        let it = self.project();
        [it.a, it.b, it.c, it.d, it.e, it.f, it.g, it.h]
    }

    /// By three questions, each of which leaves half of them. A `match` would
    /// be a jump that the processor guesses wrong, where children come and go.
    #[inline]
    fn slot(self: Pin<&mut Self>, index: usize) -> Pin<&mut Option<F>> {
        let it = self.project();
        let (a, b, c, d) = if index & 4 == 0 {
            (it.a, it.b, it.c, it.d)
        } else {
            (it.e, it.f, it.g, it.h)
        };
        let (a, b) = if index & 2 == 0 { (a, b) } else { (c, d) };
        if index & 1 == 0 { a } else { b }
    }
}

impl<F> Slots<F> {
    const SMALL: bool = size_of::<F>() < LARGE;

    pub(crate) const fn new() -> Slots<F> {
        Slots { chunks: Vec::new(), boxes: Vec::new() }
    }

    /// Room for `count`, in one go.
    pub(crate) fn with_capacity(count: usize) -> Slots<F> {
        let (chunks, boxes) =
            if Self::SMALL { (count.div_ceil(CHUNK), 0) } else { (0, count) };
        Slots {
            chunks: Vec::with_capacity(chunks),
            boxes: Vec::with_capacity(boxes),
        }
    }

    /// The slot of a child.
    ///
    /// # Panics
    ///
    /// If nothing was ever put there.
    #[inline]
    pub(crate) fn get(&mut self, place: usize) -> Pin<&mut Option<F>> {
        if Self::SMALL {
            self.chunks[place / CHUNK].as_mut().slot(place % CHUNK)
        } else {
            self.boxes[place].as_mut()
        }
    }

    /// All children, in the order of their places.
    #[inline]
    pub(crate) fn all(&mut self) -> impl Iterator<Item = Pin<&mut F>> {
        let chunks = self.chunks.iter_mut();
        let small = chunks.flat_map(|chunk| chunk.as_mut().slots());
        let large = self.boxes.iter_mut().map(Pin::as_mut);
        small.chain(large).filter_map(Option::as_pin_mut)
    }

    /// The child there, to be polled.
    #[inline]
    pub(crate) fn child(&mut self, place: usize) -> Option<Pin<&mut F>> {
        self.get(place).as_pin_mut()
    }

    /// Puts a child into an empty slot. Places are taken one after the other,
    /// or again.
    #[inline]
    pub(crate) fn put(&mut self, place: usize, child: F) {
        if Self::SMALL {
            if place / CHUNK == self.chunks.len() {
                self.chunks.push(Chunk::boxed());
            }
            self.get(place).set(Some(child));
        } else if place == self.boxes.len() {
            self.boxes.push(Box::pin(Some(child)));
        } else {
            self.get(place).set(Some(child));
        }
    }

    /// Drops the child there. Its `Drop` is user code.
    #[inline]
    pub(crate) fn clear(&mut self, place: usize) {
        self.get(place).set(None);
    }
}

/// Each goes to its place as its box is made, and is moved once.
impl<F> FromIterator<F> for Slots<F> {
    fn from_iter<I: IntoIterator<Item = F>>(children: I) -> Slots<F> {
        let mut children = children.into_iter();
        let mut slots = Slots::with_capacity(children.size_hint().0);
        if Self::SMALL {
            while let Some(first) = children.next() {
                slots.chunks.push(Chunk::filled(first, &mut children));
            }
        } else {
            slots.boxes.extend(children.map(|it| Box::pin(Some(it))));
        }
        slots
    }
}

impl<F> fmt::Debug for Slots<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slots")
    }
}

#[cfg(test)]
mod tests {
    use super::Slots;
    use std::rc::Rc;

    fn fill_and_clear<const N: usize>() {
        let alive = Rc::new(());
        let mut slots = Slots::with_capacity(20);
        for place in 0..20 {
            slots.put(place, (alive.clone(), [place; N]));
        }
        for place in 0..20 {
            assert_eq!(slots.child(place).unwrap().1, [place; N]);
        }
        slots.clear(13);
        assert!(slots.child(13).is_none());
        assert_eq!(Rc::strong_count(&alive), 20);
        slots.put(13, (alive.clone(), [99; N]));
        assert_eq!(slots.child(13).unwrap().1, [99; N]);
        drop(slots);
        assert_eq!(Rc::strong_count(&alive), 1);
    }

    #[test]
    fn small_children_share_boxes_and_keep_their_places() {
        fill_and_clear::<1>();
    }

    #[test]
    fn large_children_have_boxes_of_their_own_and_keep_their_places() {
        fill_and_clear::<64>();
    }
}
