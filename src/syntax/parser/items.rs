//! Declarations: converts pairs to items.

use pest::iterators::Pair;

use super::grammar::Rule;
use super::{Children, Reader};
use crate::source::{Name, Spanned};
use crate::syntax::ast::{
    Address, Assert, Block, Comparison, Component, Condition, Doc, Field, Flow, Item, Parameter,
    Path, Placed, Port, Reserve, Rule as Guard, Say, Set, Tested, Use, Value, ValueKind, When,
};
use crate::syntax::{names, report};

impl Reader<'_> {
    /// Returns the item of a pair.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other rules are no items")]
    pub(super) fn item(&mut self, pair: Pair<'_, Rule>) -> Item {
        let rule = pair.as_rule();
        let documented = !matches!(rule, Rule::field | Rule::when | Rule::say);
        let span = self.span(&pair);
        let doc = self.doc(span, documented);
        match rule {
            Rule::field => Item::Field(self.field(pair)),
            Rule::flow => Item::Flow(Box::new(self.flow(pair, doc))),
            Rule::port => Item::Port(Box::new(self.port(pair, doc))),
            Rule::set => Item::Set(Box::new(self.set(pair, doc))),
            Rule::placed => self.placed(pair, doc),
            Rule::namespace => {
                let mut children = Children::of(pair);
                let name = self.expect(&mut children);
                let name = self.declared(&name);
                let items = self.body(&mut children);
                Item::Namespace(Box::new(Block { doc, name, items, span }))
            }
            Rule::block => self.block(pair, doc),
            Rule::network => self.network(pair, doc),
            Rule::usage => Item::Use(Box::new(self.usage(pair, doc))),
            Rule::address => {
                let mut children = Children::of(pair);
                let service = self.expect(&mut children);
                let service = Spanned::new(self.path(&service), self.span(&service));
                let value = self.expect_value(&mut children);
                Item::Address(Box::new(Address { doc, service, value, span }))
            }
            Rule::accept => Item::Accept(Box::new(self.guard(pair, doc))),
            Rule::forbid => Item::Forbid(Box::new(self.guard(pair, doc))),
            Rule::assertion => self.assertion(pair, doc),
            Rule::when => Item::When(Box::new(self.when(pair))),
            Rule::say => Item::Say(Box::new(self.say(pair))),
            Rule::reserve => {
                let mut children = Children::of(pair);
                let literal = self.expect(&mut children);
                let value = self.literal(&literal);
                let reason = self.next(&mut children).map(|it| self.string(&it));
                Item::Reserve(Box::new(Reserve { doc, value, reason, span }))
            }
            Rule::component => Item::Component(Box::new(self.component(pair, doc))),
            _ => unreachable!("the grammar has no such item"),
        }
    }

    fn field(&mut self, pair: Pair<'_, Rule>) -> Field {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let name = self.expect(&mut children);
        let name = self.word(&name);
        Field { name, value: self.expect_value(&mut children), span }
    }

    fn flow(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Flow {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let clients = self.expect_value(&mut children);
        let mut second = self.expect(&mut children);
        let both_ways = second.as_rule() == Rule::both_ways;
        if both_ways {
            second = self.expect(&mut children);
        }
        let servers = self.value(second);
        let items = self.body(&mut children);
        Flow { doc, clients, servers, both_ways, items, span }
    }

    /// Returns the parts of `accept`, of `forbid`, or of the rest of `assert allow`.
    fn guard(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Guard {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let guard = Guard {
            doc,
            clients: self.expect_value(&mut children),
            servers: self.expect_value(&mut children),
            except: None,
            items: Vec::new(),
            span,
        };
        self.rest_of_guard(guard, &mut children)
    }

    fn rest_of_guard(&mut self, mut guard: Guard, children: &mut Children<'_>) -> Guard {
        while let Some(part) = self.next(children) {
            if part.as_rule() == Rule::exception {
                let mut inner = Children::of(part);
                guard.except = Some(self.expect_value(&mut inner));
            } else {
                guard.items = self.items(part);
            }
        }
        guard
    }

    fn assertion(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Item {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let allow = self.expect(&mut children).as_str() == "allow";
        let rule = Guard {
            doc,
            clients: self.expect_value(&mut children),
            servers: self.expect_value(&mut children),
            except: None,
            items: Vec::new(),
            span,
        };
        let rule = self.rest_of_guard(rule, &mut children);
        Item::Assert(Box::new(Assert { allow, rule }))
    }

    fn port(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Port {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let name = self.expect(&mut children);
        let name = self.declared(&name);
        let number = self.expect(&mut children);
        let service_port = self.port_number(number);
        let mut port = Port { doc, name, service_port, pod_port: None, items: Vec::new(), span };
        while let Some(part) = self.next(&mut children) {
            if part.as_rule() == Rule::pod_port {
                let mut inner = Children::of(part);
                let number = self.expect(&mut inner);
                port.pod_port = Some(self.port_number(number));
            } else {
                port.items = self.items(part);
            }
        }
        port
    }

    fn set(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Set {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let path = self.expect(&mut children);
        let path = self.set_path(&path);
        Set { doc, path, value: self.expect_value(&mut children), span }
    }

    fn placed(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Item {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let kind = self.expect(&mut children);
        let name = self.expect(&mut children);
        let name = self.declared(&name);
        let block = Block { doc, name, items: Vec::new(), span };
        let mut placed = Placed { block, namespace: None };
        while let Some(part) = self.next(&mut children) {
            if part.as_rule() == Rule::placement {
                placed.namespace = Some(self.placement(part));
            } else {
                placed.block.items = self.items(part);
            }
        }
        if kind.as_str() == "service" {
            Item::Service(Box::new(placed))
        } else {
            Item::Workload(Box::new(placed))
        }
    }

    fn placement(&mut self, pair: Pair<'_, Rule>) -> Spanned<Path> {
        let mut children = Children::of(pair);
        let path = self.expect(&mut children);
        Spanned::new(self.path(&path), self.span(&path))
    }

    fn block(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Item {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let kind = self.expect(&mut children);
        let name = self.expect(&mut children);
        let name = self.declared(&name);
        let items = self.body(&mut children);
        let block = Block { doc, name, items, span };
        match kind.as_str() {
            "cluster" => Item::Cluster(Box::new(block)),
            "pool" => Item::Pool(Box::new(block)),
            "peer" => Item::Peer(Box::new(block)),
            "bfd" => Item::Bfd(Box::new(block)),
            "profile" => Item::Profile(Box::new(block)),
            "tenant" => Item::Tenant(Box::new(block)),
            "external" => Item::External(Box::new(block)),
            "values" => Item::Values(Box::new(block)),
            "env" => Item::Env(Box::new(block)),
            other => unreachable!("the grammar has no block `{other}`"),
        }
    }

    fn network(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Item {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let kind = self.expect(&mut children);
        let name = self.word(&kind);
        let items = self.body(&mut children);
        let block = Block { doc, name, items, span };
        if kind.as_str() == "calico" {
            Item::Calico(Box::new(block))
        } else {
            Item::Metallb(Box::new(block))
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is neither alias nor place is the body"
    )]
    fn usage(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Use {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let component = self.expect(&mut children);
        let component = self.word(&component);
        let mut usage =
            Use { doc, component, alias: None, namespace: None, items: Vec::new(), span };
        while let Some(part) = self.next(&mut children) {
            match part.as_rule() {
                Rule::alias => {
                    let mut inner = Children::of(part);
                    let name = self.expect(&mut inner);
                    usage.alias = Some(self.declared(&name));
                }
                Rule::placement => usage.namespace = Some(self.placement(part)),
                _ => usage.items = self.items(part),
            }
        }
        usage
    }

    fn when(&mut self, pair: Pair<'_, Rule>) -> When {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let word = self.expect(&mut children);
        let word = self.word(&word);
        let mut part = self.expect(&mut children);
        let condition = if part.as_rule() == Rule::comparison {
            let comparison = match part.as_str() {
                "<" => Comparison::Less,
                "<=" => Comparison::LessOrEqual,
                "==" => Comparison::Equal,
                "!=" => Comparison::NotEqual,
                ">=" => Comparison::GreaterOrEqual,
                _ => Comparison::Greater,
            };
            let version = self.expect(&mut children);
            part = self.expect(&mut children);
            Condition::Version(word, comparison, self.string(&version))
        } else {
            Condition::Given(word)
        };
        let then = self.items(part);
        let otherwise = self.next(&mut children).map(|it| {
            let mut inner = Children::of(it);
            self.body(&mut inner)
        });
        When { condition, then, otherwise: otherwise.unwrap_or_default(), span }
    }

    fn say(&mut self, pair: Pair<'_, Rule>) -> Say {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let fail = self.expect(&mut children).as_str() == "fail";
        let text = self.expect(&mut children);
        let text = self.text(&text);
        Say { fail, text, items: self.body(&mut children), span }
    }

    fn component(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Component {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let name = self.expect(&mut children);
        let name = self.declared(&name);
        let block = Block { doc, name, items: Vec::new(), span };
        let mut component = Component { block, parameters: Vec::new() };
        while let Some(part) = self.next(&mut children) {
            if part.as_rule() == Rule::parameters {
                let mut inner = Children::of(part);
                while let Some(parameter) = self.next(&mut inner) {
                    let parameter = self.parameter(parameter);
                    component.parameters.push(parameter);
                }
            } else {
                component.block.items = self.items(part);
            }
        }
        component
    }

    fn parameter(&mut self, pair: Pair<'_, Rule>) -> Parameter {
        let span = self.span(&pair);
        let doc = self.doc(span, true);
        let mut children = Children::of(pair);
        let name = self.expect(&mut children);
        let kind = self.expect(&mut children);
        let (name, kind) = (self.word(&name), self.word(&kind));
        let mut parameter = Parameter { doc, name, kind, default: None, tested: None, span };
        while let Some(part) = self.next(&mut children) {
            let span = self.span(&part);
            let is_default = part.as_rule() == Rule::default;
            let mut inner = Children::of(part);
            if is_default {
                parameter.default = Some(self.expect_value(&mut inner));
            } else {
                let (from, to) = (self.expect(&mut inner), self.expect(&mut inner));
                let (from, to) = (self.string(&from), self.string(&to));
                parameter.tested = Some(Tested { from, to, span });
            }
        }
        parameter
    }

    /// Returns the items of the body that comes next, if there is one.
    fn body(&mut self, children: &mut Children<'_>) -> Vec<Item> {
        self.next(children).map(|it| self.items(it)).unwrap_or_default()
    }

    pub(super) fn items(&mut self, body: Pair<'_, Rule>) -> Vec<Item> {
        let mut children = Children::of(body);
        let mut items = Vec::new();
        while let Some(pair) = self.next(&mut children) {
            let item = self.item(pair);
            items.push(item);
        }
        // A tree lives as long as the run, so unused capacity adds up.
        items.shrink_to_fit();
        items
    }

    fn expect_value(&mut self, children: &mut Children<'_>) -> Value {
        let pair = self.expect(children);
        self.value(pair)
    }

    /// Returns the name of a declaration: as it is written, quotes and escapes resolved. A text that cannot be a name
    /// is reported.
    fn declared(&mut self, pair: &Pair<'_, Rule>) -> Spanned<Name> {
        let (span, written) = (self.span(pair), pair.as_str());
        let Some(wrong) = names::judge(written) else {
            return Spanned::new(Name::new(written), span);
        };
        let plain = match wrong {
            names::Wrong::Quoted => self.plain(written, span),
            names::Wrong::Label | names::Wrong::Long | names::Wrong::Reserved => written.to_owned(),
        };
        let corrected = names::corrected(&plain);
        self.diagnostics.push(report::name(&plain, span, &wrong, corrected.as_deref()));
        // References use the spelling of the declaration, so they are not errors.
        Spanned::new(Name::new(&plain), span)
    }

    /// Returns a port, or a reference to the parameter that contains it.
    fn port_number(&mut self, pair: Pair<'_, Rule>) -> Value {
        let mut children = Children::of(pair);
        let pair = self.expect(&mut children);
        if pair.as_rule() == Rule::literal {
            return self.port_literal(&pair);
        }
        Value { kind: ValueKind::Ref(self.path(&pair)), span: self.span(&pair) }
    }
}
