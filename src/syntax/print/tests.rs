//! Printed text parses to the same tree, for random trees; and examples of the printed format.

use proptest::prelude::*;
use regex::Regex;

use super::print;
use crate::diagnostics::Diagnostics;
use crate::scalar::{Date, PortRange, Protocol};
use crate::source::{FileId, Files, Name, Span, Spanned, is_reserved};
use crate::syntax::ast::{
    Address, Assert, Block, Comparison, Component, Condition, Doc, Field, Flow, Item, Parameter,
    Path, Placed, Port, Reserve, Rule, Say, Set, Tested, Text, Use, Value, ValueKind, When,
};
use crate::syntax::{parse, tokens};

const NOWHERE: Span = Span { file: FileId::NONE, start: 0, end: 0 };

fn at<T>(node: T) -> Spanned<T> {
    Spanned::new(node, NOWHERE)
}

fn value(kind: ValueKind) -> Value {
    Value { kind, span: NOWHERE }
}

fn name() -> impl Strategy<Value = Spanned<Name>> {
    // `service in` and `use as` parse the word as the start of the next part.
    let is_free = |it: &String| !is_reserved(it) && !matches!(it.as_str(), "in" | "as" | "not");
    let free = "[a-z][a-z0-9]{0,4}(-[a-z0-9]{1,3})?".prop_filter("a word of the language", is_free);
    free.prop_map(|it| at(Name::new(&it)))
}

/// A word of a field, a parameter or a component: reserved ones too.
fn word() -> impl Strategy<Value = Spanned<Name>> {
    prop_oneof![name(), Just(at(Name::new("namespace"))), Just(at(Name::new("pool")))]
}

fn path() -> impl Strategy<Value = Path> {
    let words = proptest::collection::vec(name(), 1..4);
    words.prop_filter("a literal", |it| !(it.len() == 1 && is_keyword(it))).prop_map(Path)
}

/// Returns whether a path begins with a word that starts something other than a path.
fn is_keyword(path: &[Spanned<Name>]) -> bool {
    path.iter().any(|it| matches!(it.node.as_str(), "not" | "true" | "false"))
}

/// Characters without braces: those interpolate.
fn plain() -> impl Strategy<Value = String> {
    "[ -z|~äß\\n\\t\\u{202e}\\u{7}]{0,12}"
}

fn text() -> impl Strategy<Value = Text> {
    plain().prop_map(|it| Text::plain(it, NOWHERE))
}

fn doc() -> impl Strategy<Value = Doc> {
    let line = "[A-Za-z,.]{1,8}( [a-z]{1,8})?";
    let lines = proptest::collection::vec(line, 1..3).prop_map(|it| at(it.join("\n")));
    proptest::option::weighted(0.2, lines)
}

fn port() -> impl Strategy<Value = Value> {
    (1_i64..65_536).prop_map(|it| value(ValueKind::Int(it)))
}

fn literal() -> impl Strategy<Value = ValueKind> {
    let protocol = prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp), Just(Protocol::Sctp)];
    let ports = (protocol, 1_u16..60_000, 0_u16..9).prop_map(|(protocol, from, more)| PortRange {
        protocol,
        from,
        to: from + more,
    });
    let v4 = any::<u32>().prop_map(|it| std::net::IpAddr::from(std::net::Ipv4Addr::from(it)));
    let v6 = any::<u128>().prop_map(|it| std::net::IpAddr::from(std::net::Ipv6Addr::from(it)));
    let network = (any::<u32>(), 0_u8..33).prop_map(|(it, prefix)| {
        ipnet::IpNet::new(std::net::Ipv4Addr::from(it).into(), prefix).expect("a prefix").trunc()
    });
    let day = (1_u16..29).prop_map(|it| Date::parse(&format!("2027-03-{it:02}")).expect("a day"));
    prop_oneof![
        any::<i64>().prop_map(ValueKind::Int),
        any::<bool>().prop_map(ValueKind::Bool),
        v4.clone().prop_map(ValueKind::Address),
        v6.prop_map(ValueKind::Address),
        network.prop_map(ValueKind::Network),
        (v4.clone(), v4).prop_map(|(a, b)| ValueKind::Range(a.min(b), a.max(b))),
        ports.prop_map(ValueKind::Ports),
        day.prop_map(ValueKind::Date),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let object = (name(), text()).prop_map(|(kind, name)| ValueKind::Object(kind, Box::new(name)));
    let leaf = prop_oneof![
        literal(),
        text().prop_map(ValueKind::Text),
        path().prop_map(ValueKind::Ref),
        object,
        (path(), port()).prop_map(|(path, port)| {
            ValueKind::WithPort(Box::new(value(ValueKind::Ref(path))), Box::new(port))
        }),
        text().prop_map(|it| ValueKind::Not(Box::new(value(ValueKind::Text(it))))),
    ];
    leaf.prop_map(value).prop_recursive(3, 12, 4, |inner| {
        let some = || proptest::collection::vec(inner.clone(), 0..4);
        let entries = proptest::collection::vec((plain(), inner.clone()), 0..4);
        prop_oneof![
            some().prop_map(ValueKind::List),
            (name(), some()).prop_map(|(name, arguments)| ValueKind::Call(name, arguments)),
            entries.prop_map(|it| {
                ValueKind::Map(it.into_iter().map(|(key, value)| (at(key), value)).collect())
            }),
        ]
        .prop_map(value)
    })
}

fn field() -> impl Strategy<Value = Item> {
    (word(), any_value())
        .prop_map(|(name, value)| Item::Field(Field { name, value, span: NOWHERE }))
}

fn fields() -> impl Strategy<Value = Vec<Item>> {
    proptest::collection::vec(field(), 0..3)
}

fn leaf_item() -> impl Strategy<Value = Item> {
    let flow = (doc(), any_value(), any_value(), any::<bool>(), fields()).prop_map(
        |(doc, clients, servers, both_ways, items)| {
            Item::Flow(Box::new(Flow { doc, clients, servers, both_ways, items, span: NOWHERE }))
        },
    );
    let rule = || {
        let except = proptest::option::of(any_value());
        (doc(), any_value(), any_value(), except, fields()).prop_map(
            |(doc, clients, servers, except, items)| Rule {
                doc,
                clients,
                servers,
                except,
                items,
                span: NOWHERE,
            },
        )
    };
    let numbered = (doc(), name(), port(), proptest::option::of(port()), fields()).prop_map(
        |(doc, name, service_port, pod_port, items)| {
            Item::Port(Box::new(Port { doc, name, service_port, pod_port, items, span: NOWHERE }))
        },
    );
    let usage =
        (doc(), word(), proptest::option::of(name()), proptest::option::of(path()), fields());
    let usage = usage.prop_map(|(doc, component, alias, namespace, items)| {
        let namespace = namespace.map(at);
        Item::Use(Box::new(Use { doc, component, alias, namespace, items, span: NOWHERE }))
    });
    let segments =
        proptest::collection::vec(plain().prop_filter("empty", |it| !it.is_empty()), 1..4);
    let set = (doc(), segments, any_value()).prop_map(|(doc, path, value)| {
        let path = path.into_iter().map(at).collect();
        Item::Set(Box::new(Set { doc, path, value, span: NOWHERE }))
    });
    let address = (doc(), path(), any_value()).prop_map(|(doc, service, value)| {
        Item::Address(Box::new(Address { doc, service: at(service), value, span: NOWHERE }))
    });
    let range = literal().prop_filter("a word", |it| !matches!(it, ValueKind::Bool(_)));
    let reserve = (doc(), range, proptest::option::of(plain())).prop_map(|(doc, kind, reason)| {
        let reason = reason.map(at);
        Item::Reserve(Box::new(Reserve { doc, value: value(kind), reason, span: NOWHERE }))
    });
    let say = (any::<bool>(), text(), fields()).prop_map(|(fail, text, items)| {
        Item::Say(Box::new(Say { fail, text, items, span: NOWHERE }))
    });
    prop_oneof![
        3 => field(),
        2 => flow,
        1 => rule().prop_map(|it| Item::Accept(Box::new(Rule { except: None, ..it }))),
        1 => rule().prop_map(|it| Item::Forbid(Box::new(it))),
        1 => (any::<bool>(), rule()).prop_map(|(allow, rule)| {
            let rule = Rule { except: None, ..rule };
            Item::Assert(Box::new(Assert { allow, rule }))
        }),
        1 => numbered,
        1 => usage,
        1 => set,
        1 => address,
        1 => reserve,
        1 => say,
    ]
}

fn item() -> impl Strategy<Value = Item> {
    leaf_item().prop_recursive(3, 20, 5, |inner| {
        let items = || proptest::collection::vec(inner.clone(), 0..4);
        let block = (doc(), name(), items())
            .prop_map(|(doc, name, items)| Box::new(Block { doc, name, items, span: NOWHERE }))
            .boxed();
        let placed = (block.clone(), proptest::option::of(path()))
            .prop_map(|(block, namespace)| {
                Box::new(Placed { block: *block, namespace: namespace.map(at) })
            })
            .boxed();
        let named = |block: Box<Block>, name: &str| Block { name: at(Name::new(name)), ..*block };
        let version = || "[a-z0-9.]{0,8}".prop_map(|it| Spanned::new(it, NOWHERE));
        let tested =
            (version(), version()).prop_map(|(from, to)| Tested { from, to, span: NOWHERE });
        let tested = proptest::option::of(tested);
        let parameter = (doc(), word(), name(), proptest::option::of(any_value()), tested)
            .prop_map(|(doc, name, kind, default, tested)| Parameter {
                doc,
                name,
                kind,
                default,
                tested,
                span: NOWHERE,
            });
        let component = (block.clone(), proptest::collection::vec(parameter, 0..3))
            .prop_map(|(block, parameters)| Component { block: *block, parameters });
        let sign = prop_oneof![
            Just(Comparison::Less),
            Just(Comparison::LessOrEqual),
            Just(Comparison::Equal),
            Just(Comparison::NotEqual),
            Just(Comparison::GreaterOrEqual),
            Just(Comparison::Greater),
        ];
        let condition = prop_oneof![
            word().prop_map(Condition::Given),
            (word(), sign, "[0-9.]{1,6}").prop_map(|(name, sign, it)| Condition::Version(
                name,
                sign,
                at(it)
            )),
        ];
        let when = (condition, items(), items()).prop_map(|(condition, then, otherwise)| {
            Item::When(Box::new(When { condition, then, otherwise, span: NOWHERE }))
        });
        prop_oneof![
            block.clone().prop_map(Item::Cluster),
            block.clone().prop_map(move |it| Item::Calico(Box::new(named(it, "calico")))),
            block.clone().prop_map(move |it| Item::Metallb(Box::new(named(it, "metallb")))),
            block.clone().prop_map(Item::Pool),
            block.clone().prop_map(Item::Peer),
            block.clone().prop_map(Item::Bfd),
            block.clone().prop_map(Item::Profile),
            block.clone().prop_map(Item::Tenant),
            block.clone().prop_map(Item::Namespace),
            block.clone().prop_map(Item::External),
            block.clone().prop_map(Item::Values),
            block.prop_map(Item::Env),
            placed.clone().prop_map(Item::Service),
            placed.prop_map(Item::Workload),
            component.prop_map(|it| Item::Component(Box::new(it))),
            when,
        ]
    })
}

/// Returns the tree without places, as text.
fn shape(items: &[Item]) -> String {
    let places =
        Regex::new(r"Span \{ file: FileId\(\d+\), start: \d+, end: \d+ \}").expect("a pattern");
    places.replace_all(&format!("{items:?}"), "_").into_owned()
}

fn parsed(text: &str) -> (Vec<Item>, Vec<String>) {
    let files = Files::new([("a.mlnet".to_owned(), text.to_owned())]);
    let id = files.iter().next().expect("one file").0;
    let mut diagnostics = Diagnostics::default();
    let file = parse(&files, id, &mut diagnostics);
    (file.items, diagnostics.sorted().into_iter().map(|it| it.message).collect())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_printed_parses_to_the_same_tree(items in proptest::collection::vec(item(), 0..5)) {
        let text = print(&items);
        let (again, diagnostics) = parsed(&text);
        prop_assert_eq!(diagnostics, Vec::<String>::new(), "{}", text);
        prop_assert_eq!(shape(&again), shape(&items), "{}", text);
        prop_assert!(!text.contains(" \n") && !text.contains("\n\n\n"), "{}", text);
        prop_assert_eq!(print(&again), text.as_str());
        tokens::tests::check(&text)?;
    }
}

#[test]
fn it_is_the_house_style() {
    let text = r#"## The cluster at home.
cluster home {
  pods     = 10.42.0.0/16
  services = 10.43.0.0/16

  metallb {
    version = "0.15.2"
    pool office { addresses = [192.168.1.200-192.168.1.220], announce = l2 }
    address vision.predictor = 192.168.1.210
  }
}

external office { cidrs = [192.168.1.0/24] }

tenant vision {
  namespace serving { isolate = both }
  workload trainer in serving { pods = { app = "trainer", "app.kubernetes.io/name" = any } }

  ## Answers the office's questions.
  service predictor in serving {
    pods = { app = "predictor" }
    port http 80 -> 9000
    type = load-balancer
  }

  flow office -> predictor
  flow trainer -> internet:[443, 53/udp] { reason = "data sets" }
}

assert deny vision.predictor -> internet:443
"#;
    let (items, diagnostics) = parsed(text);
    assert_eq!(diagnostics, Vec::<String>::new());
    assert_eq!(print(&items), text);
}
