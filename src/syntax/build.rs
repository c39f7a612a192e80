//! Constructors of trees without places, for programs that write source. `print` turns the trees into text.

use super::print::is_invisible;
use crate::scalar::PortRange;
use crate::source::{FileId, Name, Span, Spanned};
use crate::syntax::ast::{Block, Doc, Field, Flow, Item, Path, Port, Text, Value, ValueKind};

/// The place of a node that no file contains.
const NOWHERE: Span = Span { file: FileId::NONE, start: 0, end: 0 };

/// Returns a node without a place.
pub fn node<T>(node: T) -> Spanned<T> {
    Spanned::new(node, NOWHERE)
}

/// Returns a value without a place.
pub fn value(kind: ValueKind) -> Value {
    Value { kind, span: NOWHERE }
}

/// Returns a reference to a name, or a word of a field.
pub fn word(name: &str) -> Value {
    value(ValueKind::Ref(path(name)))
}

/// Returns a path, from segments that dots separate.
pub fn path(name: &str) -> Path {
    Path(name.split('.').map(|it| node(Name::new(it))).collect())
}

/// Returns a string of these characters; braces are escaped, so that nothing is interpolated.
pub fn string(characters: &str) -> Value {
    template(&characters.replace('{', "{{").replace('}', "}}"))
}

/// Returns a string as it is written in source: `"{release}-api"`.
pub fn template(text: &str) -> Value {
    value(ValueKind::Text(Text::plain(text.to_owned(), NOWHERE)))
}

/// Returns a port number; a protocol other than TCP is part of it.
pub fn port_number(port: PortRange) -> Value {
    value(if port == PortRange::tcp(port.from) {
        ValueKind::Int(i64::from(port.from))
    } else {
        ValueKind::Ports(port)
    })
}

/// Returns the lines of a doc comment; `None` without lines. A line break or another control character in a line is
/// replaced by a space: the text may come from a cluster.
pub fn doc(lines: &[String]) -> Doc {
    let is_plain = |it: char| !it.is_control() && !is_invisible(it);
    let plain = |it: &String| it.chars().map(|it| if is_plain(it) { it } else { ' ' }).collect();
    let lines: Vec<String> = lines.iter().map(plain).collect();
    (!lines.is_empty()).then(|| node(lines.join("\n")))
}

/// Returns `name = value`.
pub fn field(name: &str, value: Value) -> Item {
    Item::Field(Field { name: node(Name::new(name)), value, span: NOWHERE })
}

/// Returns the block of a declaration.
pub fn block(name: &str, doc: Doc, items: Vec<Item>) -> Block {
    Block { doc, name: node(Name::new(name)), items, span: NOWHERE }
}

/// Returns `port NAME SERVICE-PORT [-> POD-PORT] { items }`; the pod port is written if it differs.
pub fn port(name: &str, service_port: PortRange, pod_port: PortRange, items: Vec<Item>) -> Item {
    Item::Port(Box::new(Port {
        doc: None,
        name: node(Name::new(name)),
        service_port: port_number(service_port),
        pod_port: (pod_port != service_port).then(|| port_number(pod_port)),
        items,
        span: NOWHERE,
    }))
}

/// Returns `flow CLIENT -> SERVER`.
pub fn flow(doc: Doc, clients: Value, servers: Value) -> Item {
    Item::Flow(Box::new(Flow {
        doc,
        clients,
        servers,
        both_ways: false,
        items: Vec::new(),
        span: NOWHERE,
    }))
}
