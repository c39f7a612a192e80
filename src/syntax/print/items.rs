//! Declarations and fields.

use super::values::{inline, key, quoted};
use super::{Printer, SHORT, WIDTH};
use crate::source::Spanned;
use crate::syntax::ast::{
    Assert, Block, Component, Condition, Doc, Field, Item, Parameter, Path, Placed, Port, Rule,
    Say, Use, Value, When,
};

impl Printer {
    /// Adds items. An item on several lines has an empty line around it; consecutive fields are aligned.
    pub(super) fn items(&mut self, items: &[Item]) {
        let mut width = 0;
        let mut was_long = false;
        for (at, item) in items.iter().enumerate() {
            let before = self.text.len();
            if let Item::Field(field) = item {
                let starts_run = at == 0 || !matches!(items.get(at - 1), Some(Item::Field(_)));
                if starts_run {
                    width = run_width(items.get(at..).unwrap_or_default());
                }
                self.field(field, width);
            } else {
                self.item(item);
            }
            let is_long = self.text.get(before..).is_some_and(|it| it.matches('\n').count() > 1);
            if at > 0 && (is_long || was_long) {
                self.text.insert(before, '\n');
            }
            was_long = is_long;
        }
    }

    fn field(&mut self, field: &Field, width: usize) {
        self.valued(&format!("{:width$} = ", field.name.node.as_str()), &field.value);
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Field(field) => self.field(field, 0),
            Item::Cluster(it) | Item::Tenant(it) | Item::Values(it) | Item::Env(it) => {
                self.long(item.word(), it);
            }
            Item::Calico(it) | Item::Metallb(it) => {
                self.doc(&it.doc);
                self.block(item.word(), |inner| inner.items(&it.items));
            }
            Item::Pool(it)
            | Item::Peer(it)
            | Item::Bfd(it)
            | Item::Profile(it)
            | Item::Namespace(it)
            | Item::External(it) => {
                self.doc(&it.doc);
                let must_have = !matches!(item, Item::Namespace(_));
                self.with_body(format!("{} {}", item.word(), it.name.node), &it.items, must_have);
            }
            Item::Service(it) | Item::Workload(it) => self.placed(item.word(), it),
            Item::Address(it) => {
                self.doc(&it.doc);
                self.valued(&format!("address {} = ", it.service.node), &it.value);
            }
            Item::Reserve(it) => {
                self.doc(&it.doc);
                let reason = it.reason.as_ref().map(|it| format!(" {}", quoted(&it.node)));
                self.line(&format!("reserve {}{}", inline(&it.value), reason.unwrap_or_default()));
            }
            Item::Component(it) => self.component(it),
            Item::Use(it) => self.usage(it),
            Item::Port(it) => self.port(it),
            Item::Set(it) => {
                self.doc(&it.doc);
                let path: Vec<String> = it.path.iter().map(|it| key(&it.node)).collect();
                self.valued(&format!("set {} = ", path.join(".")), &it.value);
            }
            Item::Flow(it) => {
                self.doc(&it.doc);
                let arrow = if it.both_ways { "<->" } else { "->" };
                let head = format!("flow {} {arrow} {}", inline(&it.clients), inline(&it.servers));
                self.with_body(head, &it.items, false);
            }
            Item::Accept(it) | Item::Forbid(it) => self.rule(item.word(), it),
            Item::Assert(it) => self.assert(it),
            Item::When(it) => self.when(it),
            Item::Say(it) => self.say(item.word(), it),
            Item::Broken(_) => {}
        }
    }

    fn doc(&mut self, doc: &Doc) {
        for line in doc.iter().flat_map(|it| it.node.split('\n')) {
            self.line(format!("## {line}").trim_end());
        }
    }

    /// A block that is always written on several lines.
    fn long(&mut self, word: &str, block: &Block) {
        self.doc(&block.doc);
        self.block(&format!("{word} {}", block.name.node), |inner| inner.items(&block.items));
    }

    /// Adds a head and its items: no braces if there are no items and none are required; on one line if that is short.
    fn with_body(&mut self, head: String, items: &[Item], must_have: bool) {
        if items.is_empty() {
            self.line(&if must_have { format!("{head} {{}}") } else { head });
            return;
        }
        let short: Option<Vec<String>> = items.iter().map(short).collect();
        let line = short
            .filter(|it| it.len() <= SHORT)
            .map(|it| format!("{head} {{ {} }}", it.join(", ")));
        match line.filter(|it| self.indent().len() + it.chars().count() <= WIDTH) {
            Some(line) => self.line(&line),
            None => self.block(&head, |inner| inner.items(items)),
        }
    }

    fn placed(&mut self, word: &str, placed: &Placed) {
        self.doc(&placed.block.doc);
        let head = format!("{word} {}{}", placed.block.name.node, place(placed.namespace.as_ref()));
        self.with_body(head, &placed.block.items, false);
    }

    fn port(&mut self, port: &Port) {
        self.doc(&port.doc);
        self.with_body(port_head(port), &port.items, false);
    }

    fn usage(&mut self, usage: &Use) {
        self.doc(&usage.doc);
        let alias = usage.alias.as_ref().map(|it| format!(" as {}", it.node));
        let head = format!(
            "use {}{}{}",
            usage.component.node,
            alias.unwrap_or_default(),
            place(usage.namespace.as_ref())
        );
        self.with_body(head, &usage.items, false);
    }

    fn rule(&mut self, word: &str, rule: &Rule) {
        self.doc(&rule.doc);
        let except = rule.except.as_ref().map(|it| format!(" except {}", inline(it)));
        let (clients, servers) = (inline(&rule.clients), inline(&rule.servers));
        let head = format!("{word} {clients} -> {servers}{}", except.unwrap_or_default());
        self.with_body(head, &rule.items, false);
    }

    fn assert(&mut self, assert: &Assert) {
        self.rule(if assert.allow { "assert allow" } else { "assert deny" }, &assert.rule);
    }

    fn when(&mut self, when: &When) {
        let condition = match &when.condition {
            Condition::Given(name) => name.node.to_string(),
            Condition::Version(name, comparison, version) => {
                format!("{} {} {}", name.node, comparison.sign(), quoted(&version.node))
            }
        };
        self.line(&format!("when {condition} {{"));
        self.inner(&when.then);
        if when.otherwise.is_empty() {
            self.line("}");
            return;
        }
        self.line("} else {");
        self.inner(&when.otherwise);
        self.line("}");
    }

    fn inner(&mut self, items: &[Item]) {
        self.depth += 1;
        self.items(items);
        self.depth -= 1;
    }

    fn say(&mut self, word: &str, say: &Say) {
        self.with_body(format!("{word} {}", quoted(&say.text.plain)), &say.items, false);
    }

    fn component(&mut self, component: &Component) {
        let Component { block, parameters } = component;
        self.doc(&block.doc);
        if parameters.is_empty() {
            self.block(&format!("component {}", block.name.node), |inner| {
                inner.items(&block.items);
            });
            return;
        }
        self.line(&format!("component {}(", block.name.node));
        self.depth += 1;
        for it in parameters {
            self.parameter(it);
        }
        self.depth -= 1;
        self.block(")", |inner| inner.items(&block.items));
    }

    fn parameter(&mut self, parameter: &Parameter) {
        self.doc(&parameter.doc);
        let default = parameter.default.as_ref().map(|it| format!(" = {}", inline(it)));
        let (name, kind) = (&parameter.name.node, &parameter.kind.node);
        let tested = parameter
            .tested
            .as_ref()
            .map(|it| format!(" tested {} to {}", quoted(&it.from.node), quoted(&it.to.node)));
        let (default, tested) = (default.unwrap_or_default(), tested.unwrap_or_default());
        self.line(&format!("{name}: {kind}{default}{tested},"));
    }
}

/// Returns the width of the longest name of consecutive fields that are on one line each.
fn run_width(items: &[Item]) -> usize {
    let names = items.iter().map_while(|it| {
        let Item::Field(field) = it else { return None };
        Some(field.name.node.as_str().len())
    });
    names.max().unwrap_or(0)
}

/// Returns the text of an item that may be in a block on one line.
fn short(item: &Item) -> Option<String> {
    if let Item::Field(field) = item {
        return Some(format!("{} = {}", field.name.node, inline(&field.value)));
    }
    let Item::Port(port) = item else { return None };
    (port.doc.is_none() && port.items.is_empty()).then(|| port_head(port))
}

fn port_head(port: &Port) -> String {
    let pod_port = port.pod_port.as_ref().map(|it: &Value| format!(" -> {}", inline(it)));
    let number = inline(&port.service_port);
    format!("port {} {number}{}", port.name.node, pod_port.unwrap_or_default())
}

fn place(namespace: Option<&Spanned<Path>>) -> String {
    namespace.map(|it| format!(" in {}", it.node)).unwrap_or_default()
}
