//! A slide's source, and what is quoted of it: `file#item`.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{FnArg, ImplItem, ImplItemFn, Item, ItemFn, ItemImpl, Type};

/// A piece of a source file.
pub struct Quote {
    /// Which item: `fetch_pages`, `FetchPages::poll_fetching_foo`.
    pub name: String,
    /// As it stands there, moved to the left.
    pub code: String,
    /// Whether a debugger finds it by its name: a step of a machine whose type
    /// has no parameters.
    pub is_stop: bool,
}

/// A slide's source.
pub struct Source {
    text: String,
    file: syn::File,
}

impl Source {
    pub fn parse(name: &str, text: &str) -> Source {
        let file = syn::parse_file(text).unwrap_or_else(|why| {
            panic!("{name} is no Rust: {why}");
        });
        Source { text: text.to_owned(), file }
    }

    /// The text at the head of the module: without its first line, which the
    /// page has of its own, and without the name of the next file.
    pub fn story(&self) -> String {
        let lines = self.text.lines().map_while(|it| it.strip_prefix("//!"));
        let lines = lines.map(|it| it.strip_prefix(' ').unwrap_or(it));
        let lines: Vec<&str> = lines.collect();
        let first = lines.iter().position(|it| it.is_empty()).unwrap_or(0);
        let next =
            |it: &&str| it.starts_with("Next: ") || it.starts_with("Back");
        let last = lines.iter().position(next).unwrap_or(lines.len());
        let story = lines.get(first..last).unwrap_or_default().join("\n");
        format!("{}\n", story.trim()).trim_start().to_owned()
    }

    /// The async functions, the machines with the steps of their states, and
    /// the combinators; where there are no machines, all functions.
    pub fn quotes(&self) -> Vec<Quote> {
        let all: Vec<Quote> =
            self.file.items.iter().flat_map(|it| self.quotes_of(it)).collect();
        if all.iter().any(|it| self.is_future(&it.name)) {
            return all;
        }
        let functions =
            self.functions().filter(|it| it.sig.constness.is_none());
        functions
            .map(|it| self.quote(it.sig.ident.to_string(), it.span()))
            .collect()
    }

    /// Where to stop: in the steps of the states that wait, else in the
    /// programs.
    pub fn stops(&self) -> Vec<String> {
        let steps = self.quotes().into_iter().filter(|it| it.is_stop);
        let steps: Vec<String> = steps.map(|it| it.name).collect();
        if !steps.is_empty() {
            return steps;
        }
        let programs = self.functions().filter(|it| is_program(it));
        programs.map(|it| it.sig.ident.to_string()).collect()
    }

    fn functions(&self) -> impl Iterator<Item = &ItemFn> {
        self.file.items.iter().filter_map(|item| match item {
            Item::Fn(it) => Some(it),
            _ => None,
        })
    }

    fn quotes_of(&self, item: &Item) -> Vec<Quote> {
        match item {
            Item::Fn(it) if it.sig.asyncness.is_some() => {
                vec![self.quote(it.sig.ident.to_string(), it.span())]
            }
            Item::Enum(it) if self.is_future(&it.ident.to_string()) => {
                vec![self.quote(it.ident.to_string(), it.span())]
            }
            Item::Struct(it) if self.is_future(&it.ident.to_string()) => {
                vec![self.quote(it.ident.to_string(), it.span())]
            }
            Item::Impl(it) => self.quotes_of_impl(it),
            _ => Vec::new(),
        }
    }

    fn quotes_of_impl(&self, item: &ItemImpl) -> Vec<Quote> {
        let name = type_name(item);
        if item.trait_.is_some() || !self.is_future(&name) {
            return Vec::new();
        }
        let steps = item.items.iter().filter_map(|it| match it {
            ImplItem::Fn(it) if is_step(it) => Some(it),
            _ => None,
        });
        let is_stop = item.generics.type_params().next().is_none();
        let quotes = steps.map(|it| {
            let name = format!("{name}::{}", it.sig.ident);
            Quote { is_stop, ..self.quote(name, it.span()) }
        });
        quotes.collect()
    }

    /// Whether the file implements a future, or a stream, of that name.
    fn is_future(&self, name: &str) -> bool {
        self.file.items.iter().any(|item| match item {
            Item::Impl(it) => {
                let path = it.trait_.as_ref().map(|(_, path, _)| path);
                let last = path.and_then(|path| path.segments.last());
                let last = last.map(|it| it.ident.to_string());
                let last = last.as_deref();
                matches!(last, Some("Future" | "Stream"))
                    && type_name(it) == name
            }
            _ => false,
        })
    }

    fn quote(&self, name: String, span: Span) -> Quote {
        let (from, to) = (span.start().line - 1, span.end().line);
        let lines: Vec<&str> = self.text.lines().collect();
        let lines = &lines[from..to];
        let indent = lines[0].len() - lines[0].trim_start().len();
        let lines = lines.iter().map(|it| it.get(indent..).unwrap_or(""));
        let code = lines.collect::<Vec<_>>().join("\n") + "\n";
        Quote { name, code, is_stop: false }
    }
}

/// Whether it is a slide's program: it takes a griddle, and nothing else.
fn is_program(function: &ItemFn) -> bool {
    let mut arguments = function.sig.inputs.iter();
    let first = arguments.next();
    let griddle = first.is_some_and(|it| match it {
        FnArg::Typed(it) => match &*it.ty {
            Type::Reference(it) => name_of(&it.elem) == "Griddle",
            _ => false,
        },
        FnArg::Receiver(_) => false,
    });
    griddle && arguments.next().is_none() && function.sig.asyncness.is_none()
}

fn is_step(function: &ImplItemFn) -> bool {
    let name = function.sig.ident.to_string();
    name.starts_with("poll_") && name != "poll_states"
}

fn type_name(item: &ItemImpl) -> String {
    name_of(&item.self_ty)
}

fn name_of(what: &Type) -> String {
    match what {
        Type::Path(it) => {
            let last = it.path.segments.last();
            last.map_or(String::new(), |it| it.ident.to_string())
        }
        _ => String::new(),
    }
}
