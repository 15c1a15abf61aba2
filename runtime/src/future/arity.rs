//! Tuples of each length, to nested pairs and back.
//!
//! It is the same for each of the twelve, and only their lengths differ: what
//! a macro would write stands here written out, and nothing else does.
//!
//! Next: `many.rs`, futures of one type.
#![allow(clippy::many_single_char_names)] // the twelfth of them is `l`

/// A tuple that can be nested.
pub trait Nest {
    /// `(A, (B, (C,)))`
    type Nested;

    /// From `(a, b, c)`.
    fn nest(self) -> Self::Nested;
}

/// The outputs of all children, in the shape in which their futures came.
pub trait Flatten {
    /// `(A, B, C)`, an array, or a `Vec`.
    type Flat;

    /// From `(a, (b, (c,)))`; an array and a `Vec` stay what they are.
    fn flatten(self) -> Self::Flat;
}

impl<T> Flatten for Vec<T> {
    type Flat = Vec<T>;

    #[inline]
    fn flatten(self) -> Vec<T> {
        self
    }
}

impl<T, const N: usize> Flatten for [T; N] {
    type Flat = [T; N];

    #[inline]
    fn flatten(self) -> [T; N] {
        self
    }
}

impl<A> Nest for (A,) {
    type Nested = (A,);

    #[inline]
    fn nest(self) -> Self::Nested {
        let (a,) = self;
        (a,)
    }
}

impl<A> Flatten for (A,) {
    type Flat = (A,);

    #[inline]
    fn flatten(self) -> Self::Flat {
        let (a,) = self;
        (a,)
    }
}

impl<A, B> Nest for (A, B) {
    type Nested = (A, (B,));

    #[inline]
    fn nest(self) -> Self::Nested {
        let (a, b) = self;
        (a, (b,))
    }
}

impl<A, B> Flatten for (A, (B,)) {
    type Flat = (A, B);

    #[inline]
    fn flatten(self) -> Self::Flat {
        let (a, (b,)) = self;
        (a, b)
    }
}

impl<A, B, C> Nest for (A, B, C) {
    type Nested = (A, (B, (C,)));

    #[inline]
    fn nest(self) -> Self::Nested {
        let (a, b, c) = self;
        (a, (b, (c,)))
    }
}

impl<A, B, C> Flatten for (A, (B, (C,))) {
    type Flat = (A, B, C);

    #[inline]
    fn flatten(self) -> Self::Flat {
        let (a, (b, (c,))) = self;
        (a, b, c)
    }
}

impl<A, B, C, D> Nest for (A, B, C, D) {
    type Nested = (A, (B, (C, (D,))));

    #[inline]
    fn nest(self) -> Self::Nested {
        let (a, b, c, d) = self;
        (a, (b, (c, (d,))))
    }
}

impl<A, B, C, D> Flatten for (A, (B, (C, (D,)))) {
    type Flat = (A, B, C, D);

    #[inline]
    fn flatten(self) -> Self::Flat {
        let (a, (b, (c, (d,)))) = self;
        (a, b, c, d)
    }
}

impl<A, B, C, D, E> Nest for (A, B, C, D, E) {
    type Nested = (A, (B, (C, (D, (E,)))));

    #[inline]
    fn nest(self) -> Self::Nested {
        let (a, b, c, d, e) = self;
        (a, (b, (c, (d, (e,)))))
    }
}

impl<A, B, C, D, E> Flatten for (A, (B, (C, (D, (E,))))) {
    type Flat = (A, B, C, D, E);

    #[inline]
    fn flatten(self) -> Self::Flat {
        let (a, (b, (c, (d, (e,))))) = self;
        (a, b, c, d, e)
    }
}

impl<A, B, C, D, E, F> Nest for (A, B, C, D, E, F) {
    type Nested = (A, (B, (C, (D, (E, (F,))))));

    #[inline]
    fn nest(self) -> Self::Nested {
        let (a, b, c, d, e, f) = self;
        (a, (b, (c, (d, (e, (f,))))))
    }
}

impl<A, B, C, D, E, F> Flatten for (A, (B, (C, (D, (E, (F,)))))) {
    type Flat = (A, B, C, D, E, F);

    #[inline]
    fn flatten(self) -> Self::Flat {
        let (a, (b, (c, (d, (e, (f,)))))) = self;
        (a, b, c, d, e, f)
    }
}

impl<A, B, C, D, E, F, G> Nest for (A, B, C, D, E, F, G) {
    type Nested = (A, (B, (C, (D, (E, (F, (G,)))))));

    #[inline]
    fn nest(self) -> Self::Nested {
        let (a, b, c, d, e, f, g) = self;
        (a, (b, (c, (d, (e, (f, (g,)))))))
    }
}

impl<A, B, C, D, E, F, G> Flatten for (A, (B, (C, (D, (E, (F, (G,))))))) {
    type Flat = (A, B, C, D, E, F, G);

    #[inline]
    fn flatten(self) -> Self::Flat {
        let (a, (b, (c, (d, (e, (f, (g,))))))) = self;
        (a, b, c, d, e, f, g)
    }
}

impl<A, B, C, D, E, F, G, H> Nest for (A, B, C, D, E, F, G, H) {
    type Nested = (A, (B, (C, (D, (E, (F, (G, (H,))))))));

    #[inline]
    fn nest(self) -> Self::Nested {
        let (a, b, c, d, e, f, g, h) = self;
        (a, (b, (c, (d, (e, (f, (g, (h,))))))))
    }
}

impl<A, B, C, D, E, F, G, H> Flatten
    for (A, (B, (C, (D, (E, (F, (G, (H,))))))))
{
    type Flat = (A, B, C, D, E, F, G, H);

    #[inline]
    fn flatten(self) -> Self::Flat {
        let (a, (b, (c, (d, (e, (f, (g, (h,)))))))) = self;
        (a, b, c, d, e, f, g, h)
    }
}

impl<A, B, C, D, E, F, G, H, I> Nest for (A, B, C, D, E, F, G, H, I) {
    type Nested = (A, (B, (C, (D, (E, (F, (G, (H, (I,)))))))));

    #[inline]
    fn nest(self) -> Self::Nested {
        let (a, b, c, d, e, f, g, h, i) = self;
        (a, (b, (c, (d, (e, (f, (g, (h, (i,)))))))))
    }
}

impl<A, B, C, D, E, F, G, H, I> Flatten
    for (A, (B, (C, (D, (E, (F, (G, (H, (I,)))))))))
{
    type Flat = (A, B, C, D, E, F, G, H, I);

    #[inline]
    fn flatten(self) -> Self::Flat {
        let (a, (b, (c, (d, (e, (f, (g, (h, (i,))))))))) = self;
        (a, b, c, d, e, f, g, h, i)
    }
}

impl<A, B, C, D, E, F, G, H, I, J> Nest for (A, B, C, D, E, F, G, H, I, J) {
    type Nested = (A, (B, (C, (D, (E, (F, (G, (H, (I, (J,))))))))));

    #[inline]
    fn nest(self) -> Self::Nested {
        let (a, b, c, d, e, f, g, h, i, j) = self;
        (a, (b, (c, (d, (e, (f, (g, (h, (i, (j,))))))))))
    }
}

impl<A, B, C, D, E, F, G, H, I, J> Flatten
    for (A, (B, (C, (D, (E, (F, (G, (H, (I, (J,))))))))))
{
    type Flat = (A, B, C, D, E, F, G, H, I, J);

    #[inline]
    fn flatten(self) -> Self::Flat {
        let (a, (b, (c, (d, (e, (f, (g, (h, (i, (j,)))))))))) = self;
        (a, b, c, d, e, f, g, h, i, j)
    }
}

impl<A, B, C, D, E, F, G, H, I, J, K> Nest
    for (A, B, C, D, E, F, G, H, I, J, K)
{
    type Nested = (A, (B, (C, (D, (E, (F, (G, (H, (I, (J, (K,)))))))))));

    #[inline]
    fn nest(self) -> Self::Nested {
        let (a, b, c, d, e, f, g, h, i, j, k) = self;
        (a, (b, (c, (d, (e, (f, (g, (h, (i, (j, (k,)))))))))))
    }
}

impl<A, B, C, D, E, F, G, H, I, J, K> Flatten
    for (A, (B, (C, (D, (E, (F, (G, (H, (I, (J, (K,)))))))))))
{
    type Flat = (A, B, C, D, E, F, G, H, I, J, K);

    #[inline]
    fn flatten(self) -> Self::Flat {
        let (a, (b, (c, (d, (e, (f, (g, (h, (i, (j, (k,))))))))))) = self;
        (a, b, c, d, e, f, g, h, i, j, k)
    }
}

impl<A, B, C, D, E, F, G, H, I, J, K, L> Nest
    for (A, B, C, D, E, F, G, H, I, J, K, L)
{
    type Nested = (A, (B, (C, (D, (E, (F, (G, (H, (I, (J, (K, (L,))))))))))));

    #[inline]
    fn nest(self) -> Self::Nested {
        let (a, b, c, d, e, f, g, h, i, j, k, l) = self;
        (a, (b, (c, (d, (e, (f, (g, (h, (i, (j, (k, (l,))))))))))))
    }
}

impl<A, B, C, D, E, F, G, H, I, J, K, L> Flatten
    for (A, (B, (C, (D, (E, (F, (G, (H, (I, (J, (K, (L,))))))))))))
{
    type Flat = (A, B, C, D, E, F, G, H, I, J, K, L);

    #[inline]
    fn flatten(self) -> Self::Flat {
        let (a, (b, (c, (d, (e, (f, (g, (h, (i, (j, (k, (l,)))))))))))) = self;
        (a, b, c, d, e, f, g, h, i, j, k, l)
    }
}
