//! What the compiler wrote down of its own states: the debug information of
//! this very program.
//!
//! Of each `async fn` there is a type with a variant for each `.await`, with
//! the line of that `.await` and the saved locals; of each machine, of course,
//! its variants and fields.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;

use gimli::{AttributeValue, Dwarf, EndianSlice, LittleEndian};
use gimli::{DebuggingInformationEntry, Unit, UnitOffset};
use object::{Object as _, ObjectSection as _};

type Slice<'a> = EndianSlice<'a, LittleEndian>;
type Entry<'e, 'u, 'a> = DebuggingInformationEntry<'e, 'u, Slice<'a>>;

/// A type with states: an enum, or what is made of an `async fn`.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// Its states, in the order in which they are declared.
    pub states: Vec<State>,
}

/// One state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What it is called: `Suspend0`, `Connecting`.
    pub name: String,
    /// Of the compiler's states: the line that it waits in.
    pub line: Option<u64>,
    /// What it saves, in the order in which it is declared.
    pub fields: Vec<Field>,
}

/// Something that is saved in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is called.
    pub name: String,
    /// What it is, with its path.
    pub of: String,
}

/// What was found.
pub struct Found {
    /// By whom: `rustc version 1.95.0`.
    pub compiler: String,
    /// Types with states, by their paths.
    pub machines: HashMap<String, Machine>,
}

/// What this program says of the crate whose root file is `root`; `None` if it
/// has no debug information (a release build, or not Linux).
pub fn of_this_program(root: &str) -> Option<Found> {
    let program = std::env::current_exe().unwrap();
    let bytes = fs::read(&program).unwrap();
    let file = object::File::parse(&*bytes).ok()?;
    file.section_by_name(".debug_info")?;
    let load = |id: gimli::SectionId| {
        let section = file.section_by_name(id.name());
        let data = section.map(|it| it.uncompressed_data().unwrap());
        Ok::<_, gimli::Error>(data.unwrap_or_default())
    };
    let sections = gimli::DwarfSections::load(load).unwrap();
    let slice = |it| EndianSlice::new(it, LittleEndian);
    let dwarf = sections.borrow(|it: &Cow<'_, [u8]>| slice(it));
    let mut found = Found { compiler: String::new(), machines: HashMap::new() };
    let mut units = dwarf.units();
    while let Some(header) = units.next().unwrap() {
        let unit = dwarf.unit(header).unwrap();
        let name = unit.name.map(|it| it.to_string_lossy().into_owned());
        if name.is_some_and(|it| it.contains(root)) {
            of_unit(&dwarf, &unit, &mut found);
        }
    }
    (!found.machines.is_empty()).then_some(found)
}

fn of_unit(
    dwarf: &Dwarf<Slice<'_>>,
    unit: &Unit<Slice<'_>>,
    found: &mut Found,
) {
    let mut tree = unit.entries_tree(None).unwrap();
    let root = tree.root().unwrap();
    let reader = Reader { dwarf, unit };
    found.compiler = reader.compiler(root.entry());
    let mut types = HashMap::new();
    reader.walk(root, "", &mut types);
    let mut tree = unit.entries_tree(None).unwrap();
    reader.find(tree.root().unwrap(), "", &types, &mut found.machines);
}

struct Reader<'r, 'a> {
    dwarf: &'r Dwarf<Slice<'a>>,
    unit: &'r Unit<Slice<'a>>,
}

type Types = HashMap<UnitOffset, String>;
type Node<'e, 'u, 't, 'a> = gimli::EntriesTreeNode<'e, 'u, 't, Slice<'a>>;

impl<'a> Reader<'_, 'a> {
    fn name(&self, entry: &Entry<'_, '_, 'a>) -> Option<String> {
        let value = entry.attr_value(gimli::DW_AT_name).unwrap()?;
        let text = self.dwarf.attr_string(self.unit, value).unwrap();
        Some(text.to_string_lossy().into_owned())
    }

    /// `rustc 1.95.0`, from what it says of itself.
    fn compiler(&self, unit: &Entry<'_, '_, 'a>) -> String {
        let value = unit.attr_value(gimli::DW_AT_producer).unwrap();
        let text = value
            .map(|it| self.dwarf.attr_string(self.unit, it).unwrap())
            .map(|it| it.to_string_lossy().into_owned())
            .unwrap_or_default();
        let version = text.split("rustc version ").nth(1).unwrap_or_default();
        let version = version.split(' ').next().unwrap_or_default();
        format!("rustc {}", version.trim_end_matches(')'))
    }

    /// Types by their place, with their paths.
    fn walk(&self, node: Node<'_, '_, '_, 'a>, path: &str, types: &mut Types) {
        let entry = node.entry();
        let path = match self.name(entry) {
            Some(name) if path.is_empty() => name,
            Some(name) => format!("{path}::{name}"),
            None => path.to_owned(),
        };
        let below = match entry.tag() {
            gimli::DW_TAG_compile_unit => String::new(),
            gimli::DW_TAG_namespace
            | gimli::DW_TAG_variant_part
            | gimli::DW_TAG_variant => path,
            gimli::DW_TAG_structure_type => {
                types.insert(entry.offset(), path.clone());
                path
            }
            gimli::DW_TAG_base_type
            | gimli::DW_TAG_pointer_type
            | gimli::DW_TAG_enumeration_type
            | gimli::DW_TAG_array_type => {
                types.insert(entry.offset(), path);
                return;
            }
            _ => return,
        };
        let mut children = node.children();
        while let Some(child) = children.next().unwrap() {
            self.walk(child, &below, types);
        }
    }

    fn find(
        &self,
        node: Node<'_, '_, '_, 'a>,
        path: &str,
        types: &Types,
        all: &mut HashMap<String, Machine>,
    ) {
        let entry = node.entry();
        let path = types.get(&entry.offset()).map_or(path, String::as_str);
        let (tag, path) = (entry.tag(), path.to_owned());
        let mut children = node.children();
        while let Some(child) = children.next().unwrap() {
            match child.entry().tag() {
                gimli::DW_TAG_namespace | gimli::DW_TAG_structure_type => {
                    self.find(child, &path, types, all);
                }
                gimli::DW_TAG_variant_part
                    if tag == gimli::DW_TAG_structure_type =>
                {
                    let states = self.states(child, types);
                    let machine = Machine { states };
                    all.insert(path.clone(), machine);
                }
                _ => {}
            }
        }
    }

    fn states(&self, part: Node<'_, '_, '_, 'a>, types: &Types) -> Vec<State> {
        let mut states = Vec::new();
        let mut variants = part.children();
        while let Some(variant) = variants.next().unwrap() {
            if variant.entry().tag() != gimli::DW_TAG_variant {
                continue;
            }
            let mut members = variant.children();
            while let Some(member) = members.next().unwrap() {
                let entry = member.entry();
                let line = number(entry, gimli::DW_AT_decl_line);
                let Some(of) = type_of(entry) else { continue };
                states.push(self.state(of, line, types));
            }
        }
        states
    }

    fn state(&self, of: UnitOffset, line: Option<u64>, types: &Types) -> State {
        let mut tree = self.unit.entries_tree(Some(of)).unwrap();
        let node = tree.root().unwrap();
        let name = self.name(node.entry()).unwrap_or_default();
        let mut fields = Vec::new();
        let mut children = node.children();
        while let Some(child) = children.next().unwrap() {
            let entry = child.entry();
            if entry.tag() != gimli::DW_TAG_member {
                continue;
            }
            let of = type_of(entry);
            let of = of.and_then(|it| types.get(&it)).cloned();
            fields.push(Field {
                name: self.name(entry).unwrap_or_default(),
                of: of.unwrap_or_default(),
            });
        }
        State { name, line, fields }
    }
}

fn number(entry: &Entry<'_, '_, '_>, attribute: gimli::DwAt) -> Option<u64> {
    entry.attr(attribute).unwrap()?.udata_value()
}

fn type_of(entry: &Entry<'_, '_, '_>) -> Option<UnitOffset> {
    match entry.attr_value(gimli::DW_AT_type).unwrap()? {
        AttributeValue::UnitRef(offset) => Some(offset),
        _ => None,
    }
}
