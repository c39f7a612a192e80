//! The parts of a tree by their places: the node around an offset, and the nodes around that node.

use super::{Item, Parameter, Piece, Text, Value, ValueKind};
use crate::source::{Span, Spanned};

/// A part of a tree that has a place. Names and paths are fields of these parts; punctuation and keywords are tokens in
/// the place of a part that lie in none of its children.
#[derive(Debug, Clone, Copy)]
pub enum Node<'a> {
    /// A declaration or a field.
    Item(&'a Item),
    /// A parameter of a component.
    Parameter(&'a Parameter),
    /// A value or an endpoint.
    Value(&'a Value),
    /// An entry of a map.
    Entry(&'a (Spanned<String>, Value)),
}

/// The nodes of a tree, each before its children, in the order of their places.
#[derive(Debug, Clone)]
pub struct Outline<'a>(Vec<Row<'a>>);

/// A node with its position in the tree.
#[derive(Debug, Clone, Copy)]
struct Row<'a> {
    node: Node<'a>,
    /// The row of the node around it.
    parent: Option<usize>,
    /// Whether it is separated from its neighbors by new lines or commas.
    is_entry: bool,
}

impl Node<'_> {
    /// Returns its place. The place of a map entry covers key and value.
    pub fn span(self) -> Span {
        match self {
            Self::Item(it) => it.span(),
            Self::Parameter(it) => it.span,
            Self::Value(it) => it.span,
            Self::Entry((key, value)) => key.span.to(value.span),
        }
    }

    /// Returns the nodes directly inside, in order.
    fn children(self) -> Vec<Self> {
        match self {
            Self::Item(it) => of_item(it),
            Self::Parameter(it) => it.default.iter().map(Self::Value).collect(),
            Self::Value(it) => of_value(it),
            Self::Entry((_, value)) => vec![Self::Value(value)],
        }
    }

    /// Returns whether its children are separated from each other by new lines or commas.
    fn has_entries(self) -> bool {
        match self {
            Self::Value(it) => matches!(it.kind, ValueKind::List(_) | ValueKind::Call(..)),
            Self::Item(_) | Self::Parameter(_) | Self::Entry(_) => false,
        }
    }
}

impl<'a> Outline<'a> {
    /// Returns the nodes of the items of a file.
    pub fn of(items: &'a [Item]) -> Self {
        let mut outline = Self(Vec::new());
        for item in items {
            outline.add(Node::Item(item), None);
        }
        outline
    }

    fn add(&mut self, node: Node<'a>, parent: Option<usize>) {
        let is_entry = match node {
            Node::Item(_) | Node::Parameter(_) | Node::Entry(_) => true,
            Node::Value(_) => {
                parent.and_then(|it| self.0.get(it)).is_some_and(|it| it.node.has_entries())
            }
        };
        let row = self.0.len();
        self.0.push(Row { node, parent, is_entry });
        for child in node.children() {
            self.add(child, Some(row));
        }
    }

    /// Returns the nodes that contain the byte at an offset, from the innermost to the outermost.
    pub fn around(&self, offset: u32) -> impl Iterator<Item = Node<'a>> {
        self.rows(offset).map(|it| it.node)
    }

    /// Returns the items, parameters, and entries of lists, maps and calls among these nodes.
    pub fn entries(&self, offset: u32) -> impl Iterator<Item = Node<'a>> {
        self.rows(offset).filter(|it| it.is_entry).map(|it| it.node)
    }

    fn rows(&self, offset: u32) -> impl Iterator<Item = &Row<'a>> {
        let next = self.0.partition_point(|it| it.node.span().start <= offset);
        let last = next.checked_sub(1).and_then(|it| self.0.get(it));
        let outwards = std::iter::successors(last, |it| it.parent.and_then(|it| self.0.get(it)));
        outwards.filter(move |it| offset < it.node.span().end)
    }
}

fn of_item(item: &Item) -> Vec<Node<'_>> {
    let mut nodes: Vec<Node<'_>> = Vec::new();
    match item {
        Item::Field(it) => nodes.push(Node::Value(&it.value)),
        Item::Address(it) => nodes.push(Node::Value(&it.value)),
        Item::Reserve(it) => nodes.push(Node::Value(&it.value)),
        Item::Set(it) => nodes.push(Node::Value(&it.value)),
        Item::Component(it) => nodes.extend(it.parameters.iter().map(Node::Parameter)),
        Item::Port(it) => {
            nodes.push(Node::Value(&it.service_port));
            nodes.extend(it.pod_port.iter().map(Node::Value));
        }
        Item::Flow(it) => nodes.extend([&it.clients, &it.servers].map(Node::Value)),
        Item::Accept(it) | Item::Forbid(it) => nodes.extend(of_rule(it)),
        Item::Assert(it) => nodes.extend(of_rule(&it.rule)),
        Item::Say(it) => nodes.extend(of_text(&it.text)),
        Item::Cluster(_)
        | Item::Calico(_)
        | Item::Metallb(_)
        | Item::Pool(_)
        | Item::Peer(_)
        | Item::Bfd(_)
        | Item::Use(_)
        | Item::Profile(_)
        | Item::Tenant(_)
        | Item::Namespace(_)
        | Item::Service(_)
        | Item::Workload(_)
        | Item::External(_)
        | Item::Values(_)
        | Item::Env(_)
        | Item::When(_)
        | Item::Broken(_) => {}
    }
    nodes.extend(item.bodies().into_iter().flatten().map(Node::Item));
    nodes
}

fn of_rule(rule: &super::Rule) -> impl Iterator<Item = Node<'_>> {
    [&rule.clients, &rule.servers].into_iter().chain(&rule.except).map(Node::Value)
}

fn of_value(value: &Value) -> Vec<Node<'_>> {
    match &value.kind {
        ValueKind::Text(text) => of_text(text).collect(),
        ValueKind::Object(_, text) => of_text(text).collect(),
        ValueKind::WithPort(value, ports) => vec![Node::Value(value), Node::Value(ports)],
        ValueKind::List(values) | ValueKind::Call(_, values) => {
            values.iter().map(Node::Value).collect()
        }
        ValueKind::Map(entries) => entries.iter().map(Node::Entry).collect(),
        ValueKind::Not(value) => vec![Node::Value(value)],
        ValueKind::Int(_)
        | ValueKind::Bool(_)
        | ValueKind::Address(_)
        | ValueKind::Network(_)
        | ValueKind::Range(..)
        | ValueKind::Ports(_)
        | ValueKind::Date(_)
        | ValueKind::Ref(_)
        | ValueKind::Bad => Vec::new(),
    }
}

/// Returns the values in the braces of a string.
fn of_text(text: &Text) -> impl Iterator<Item = Node<'_>> {
    text.pieces().into_iter().flatten().filter_map(|it| match it {
        Piece::Plain(_) => None,
        Piece::Value(value) => Some(Node::Value(value)),
    })
}
