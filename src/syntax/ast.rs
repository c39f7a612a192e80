//! The source as written: one file as a tree of items, with the place of everything.
//!
//! All blocks share one `Item` type, so that the pass that knows the kind of a block reports a misplaced item, in the
//! language's words.

mod item;
mod node;
mod value;

use std::net::IpAddr;

use ipnet::IpNet;

use crate::diagnostics::Expectation;
use crate::scalar::{Date, PortRange};
use crate::source::{FileId, Name, Span, Spanned};
pub use node::{Node, Outline};

/// One source file.
#[derive(Debug, Clone)]
pub struct File {
    /// The id of the file.
    pub id: FileId,
    /// Its items, in their order. Text that does not parse is `Item::Broken`.
    pub items: Vec<Item>,
    /// The warnings that its comments expect.
    pub expectations: Vec<Expectation>,
    /// Whether its brackets do not balance, so that items may be in the wrong block.
    pub torn: bool,
}

/// An item of a file or of a block. Fields are the most frequent items; larger variants are boxed.
#[derive(Debug, Clone)]
pub enum Item {
    /// `name = value`
    Field(Field),
    /// `cluster NAME { … }`
    Cluster(Box<Block>),
    /// `calico { … }`; its name is the keyword.
    Calico(Box<Block>),
    /// `metallb { … }`; its name is the keyword.
    Metallb(Box<Block>),
    /// `pool NAME { … }`
    Pool(Box<Block>),
    /// `peer NAME { … }`
    Peer(Box<Block>),
    /// `bfd NAME { … }`
    Bfd(Box<Block>),
    /// `address A.B = 192.0.2.1`
    Address(Box<Address>),
    /// `reserve RANGE "why"`
    Reserve(Box<Reserve>),
    /// `component NAME(parameters) { … }`
    Component(Box<Component>),
    /// `use COMPONENT [as ALIAS] [in NAMESPACE] [{ arguments }]`
    Use(Box<Use>),
    /// `profile NAME { … }`
    Profile(Box<Block>),
    /// `tenant NAME { … }`
    Tenant(Box<Block>),
    /// `namespace NAME { … }`
    Namespace(Box<Block>),
    /// `service NAME in NAMESPACE { … }`
    Service(Box<Placed>),
    /// `workload NAME in NAMESPACE { … }`
    Workload(Box<Placed>),
    /// `port NAME SERVICE-PORT [-> POD-PORT] [{ … }]`
    Port(Box<Port>),
    /// `external NAME { … }`
    External(Box<Block>),
    /// `values NAME { … }`
    Values(Box<Block>),
    /// `env NAME { … }`
    Env(Box<Block>),
    /// `set a."b.c".d = value`
    Set(Box<Set>),
    /// `flow A -> B` or `flow A <-> B`, with options
    Flow(Box<Flow>),
    /// `accept A -> B`
    Accept(Box<Rule>),
    /// `forbid A -> B [except …]`
    Forbid(Box<Rule>),
    /// `assert allow A -> B`, `assert deny A -> B`
    Assert(Box<Assert>),
    /// `when PARAM { … } else { … }`
    When(Box<When>),
    /// `warn "…"` or `fail "…"`
    Say(Box<Say>),
    /// An item that does not parse; the error is reported already.
    Broken(Broken),
}

/// A `##` comment above a declaration: its lines without the `##`, joined by newlines.
pub type Doc = Option<Spanned<String>>;

/// `name = value`.
#[derive(Debug, Clone)]
pub struct Field {
    /// The name; any word, reserved ones too.
    pub name: Spanned<Name>,
    /// The value.
    pub value: Value,
    /// Its place.
    pub span: Span,
}

/// `keyword NAME { items }`.
#[derive(Debug, Clone)]
pub struct Block {
    /// The doc comment above.
    pub doc: Doc,
    /// The name; for `calico` and `metallb` the keyword itself.
    pub name: Spanned<Name>,
    /// The items between the braces.
    pub items: Vec<Item>,
    /// Its place, without the doc comment.
    pub span: Span,
}

/// `service NAME in NAMESPACE { items }` and its like.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The declaration; `items` is empty without braces.
    pub block: Block,
    /// The namespace after `in`.
    pub namespace: Option<Spanned<Path>>,
}

/// `address mlflow.tracking = 192.168.1.215`.
#[derive(Debug, Clone)]
pub struct Address {
    /// The doc comment above.
    pub doc: Doc,
    /// The service.
    pub service: Spanned<Path>,
    /// The address.
    pub value: Value,
    /// Its place.
    pub span: Span,
}

/// `reserve 192.168.1.203 "why"`.
#[derive(Debug, Clone)]
pub struct Reserve {
    /// The doc comment above.
    pub doc: Doc,
    /// An address, a range or a network.
    pub value: Value,
    /// The reason.
    pub reason: Option<Spanned<String>>,
    /// Its place.
    pub span: Span,
}

/// `component NAME(parameters) { items }`.
#[derive(Debug, Clone)]
pub struct Component {
    /// Name, doc and body.
    pub block: Block,
    /// The parameters, in order.
    pub parameters: Vec<Parameter>,
}

/// `name: type = default`.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// The doc comment above.
    pub doc: Doc,
    /// The name; any word, reserved ones too (`namespace`).
    pub name: Spanned<Name>,
    /// The word after the colon.
    pub kind: Spanned<Name>,
    /// The default.
    pub default: Option<Value>,
    /// The versions that the component was tested with.
    pub tested: Option<Tested>,
    /// Its place.
    pub span: Span,
}

/// `tested "FROM" to "TO"`.
#[derive(Debug, Clone)]
pub struct Tested {
    /// The lowest version.
    pub from: Spanned<String>,
    /// The highest version. Its missing numbers match every number.
    pub to: Spanned<String>,
    /// Its place.
    pub span: Span,
}

/// `FROM to TO`, or one version if both are equal.
impl std::fmt::Display for Tested {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.from)?;
        if self.from.node == self.to.node { Ok(()) } else { write!(out, " to {}", self.to) }
    }
}

/// `use COMPONENT [as ALIAS] [in NAMESPACE] [{ arguments }]`.
#[derive(Debug, Clone)]
pub struct Use {
    /// The doc comment above.
    pub doc: Doc,
    /// The component.
    pub component: Spanned<Name>,
    /// The alias.
    pub alias: Option<Spanned<Name>>,
    /// The namespace after `in`.
    pub namespace: Option<Spanned<Path>>,
    /// The arguments, as fields.
    pub items: Vec<Item>,
    /// Its place.
    pub span: Span,
}

/// `port NAME SERVICE-PORT [-> POD-PORT] [{ options }]`.
#[derive(Debug, Clone)]
pub struct Port {
    /// The doc comment above.
    pub doc: Doc,
    /// The name.
    pub name: Spanned<Name>,
    /// The port that clients dial: `Int`, `Ports`, or a `Ref` to a parameter.
    pub service_port: Value,
    /// The port on which the pods listen, if it differs.
    pub pod_port: Option<Value>,
    /// Options, as fields.
    pub items: Vec<Item>,
    /// Its place.
    pub span: Span,
}

/// `set path = value`.
#[derive(Debug, Clone)]
pub struct Set {
    /// The doc comment above.
    pub doc: Doc,
    /// The segments of the path, unquoted.
    pub path: Vec<Spanned<String>>,
    /// The value.
    pub value: Value,
    /// Its place.
    pub span: Span,
}

/// `flow A -> B`.
#[derive(Debug, Clone)]
pub struct Flow {
    /// The doc comment above.
    pub doc: Doc,
    /// The clients, which open connections.
    pub clients: Value,
    /// The servers.
    pub servers: Value,
    /// Whether it is `<->`.
    pub both_ways: bool,
    /// Options, as fields.
    pub items: Vec<Item>,
    /// Its place.
    pub span: Span,
}

/// `accept A -> B` and `forbid A -> B except […]`.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The doc comment above.
    pub doc: Doc,
    /// The clients.
    pub clients: Value,
    /// The servers.
    pub servers: Value,
    /// The exceptions (`forbid` only).
    pub except: Option<Value>,
    /// Options, as fields.
    pub items: Vec<Item>,
    /// Its place.
    pub span: Span,
}

/// `assert allow A -> B`.
#[derive(Debug, Clone)]
pub struct Assert {
    /// Whether the flow must be allowed; else it must be denied.
    pub allow: bool,
    /// The two ends.
    pub rule: Rule,
}

/// The condition of a `when`.
#[derive(Debug, Clone)]
pub enum Condition {
    /// `when PARAM`
    Given(Spanned<Name>),
    /// `when PARAM >= "2.10"`
    Version(Spanned<Name>, Comparison, Spanned<String>),
}

/// The comparison of two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>=`
    GreaterOrEqual,
    /// `>`
    Greater,
}

/// `when CONDITION { … } else { … }`.
#[derive(Debug, Clone)]
pub struct When {
    /// The condition.
    pub condition: Condition,
    /// Items that apply if it holds.
    pub then: Vec<Item>,
    /// Items that apply if it does not hold.
    pub otherwise: Vec<Item>,
    /// Its place.
    pub span: Span,
}

/// `warn "…" { help = "…" }`.
#[derive(Debug, Clone)]
pub struct Say {
    /// Whether it is `fail`.
    pub fail: bool,
    /// The message.
    pub text: Text,
    /// Options, as fields (`help`).
    pub items: Vec<Item>,
    /// Its place.
    pub span: Span,
}

/// An item that does not parse.
#[derive(Debug, Clone)]
pub struct Broken {
    /// Its first word; empty if it begins with no word.
    pub word: String,
    /// The names that it seems to declare: later passes know nothing else about them, and report no errors where they
    /// are used.
    pub names: Vec<Spanned<Name>>,
    /// Whether it may declare further names.
    pub open: bool,
    /// Whether it has no braces: the items of its body follow it.
    pub bare: bool,
    /// Its place.
    pub span: Span,
}

/// `a.b.c`: at least one segment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(pub Vec<Spanned<Name>>);

/// A value, an endpoint, or a word.
#[derive(Debug, Clone)]
pub struct Value {
    /// Its kind, with the content.
    pub kind: ValueKind,
    /// Its place.
    pub span: Span,
}

/// The kind of a value.
#[derive(Debug, Clone)]
pub enum ValueKind {
    /// `"text"`
    Text(Text),
    /// `443`
    Int(i64),
    /// `true`, `false`
    Bool(bool),
    /// `192.0.2.1`
    Address(IpAddr),
    /// `192.0.2.0/24`. Host bits are not set: the parser reports them.
    Network(IpNet),
    /// `192.0.2.1-192.0.2.9`: same family, in order.
    Range(IpAddr, IpAddr),
    /// `53/udp`, `9000-9010`, `9000-9010/tcp`
    Ports(PortRange),
    /// `2027-01-31`
    Date(Date),
    /// `a.b.c`: a name, a parameter, or a word (`both`, `load-balancer`, `any`).
    Ref(Path),
    /// `nas:postgres`, `192.0.2.1:443`, `[a, b]:80`, `self:any`, `db:[http, 5432]`
    WithPort(Box<Value>, Box<Value>),
    /// `[a, b]`
    List(Vec<Value>),
    /// `{ app = "x" }`
    Map(Vec<(Spanned<String>, Value)>),
    /// `host(a.b)`
    Call(Spanned<Name>, Vec<Value>),
    /// `not "x"`
    Not(Box<Value>),
    /// `deployment "seldon-v2-controller-manager"`
    Object(Spanned<Name>, Box<Text>),
    /// An invalid literal; the error is reported already.
    Bad,
}

/// A string with interpolations.
#[derive(Debug, Clone)]
pub struct Text {
    /// The characters of the string, escapes resolved, `{…}` unchanged: for strings that are not interpolated (reasons,
    /// patterns, file names).
    pub plain: String,
    /// The string with its quotes.
    pub span: Span,
    /// The pieces of a string with braces; or the place of an invalid brace.
    cut: Option<Box<Result<Vec<Cut>, Span>>>,
}

/// A stored piece of a string with braces.
#[derive(Debug, Clone)]
pub enum Cut {
    /// Characters; `{{` and `}}` are resolved.
    Plain(String),
    /// `{expression}`
    Value(Value),
}

impl Text {
    /// Returns a string without braces.
    pub fn plain(plain: String, span: Span) -> Self {
        Self { plain, span, cut: None }
    }

    /// Returns a string with braces, split at them.
    pub fn cut(plain: String, span: Span, cut: Result<Vec<Cut>, Span>) -> Self {
        Self { plain, span, cut: Some(Box::new(cut)) }
    }

    /// Returns the pieces, for interpolated strings; `Err` contains the place of an invalid brace.
    pub fn pieces(&self) -> Result<Vec<Piece<'_>>, Span> {
        match self.cut.as_deref() {
            None => Ok(vec![Piece::Plain(&self.plain)]),
            Some(Ok(cut)) => Ok(cut.iter().map(Cut::piece).collect()),
            Some(Err(span)) => Err(*span),
        }
    }
}

impl Cut {
    fn piece(&self) -> Piece<'_> {
        match self {
            Self::Plain(text) => Piece::Plain(text),
            Self::Value(value) => Piece::Value(value),
        }
    }
}

/// A piece of a string.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'a> {
    /// Characters; `{{` and `}}` are resolved.
    Plain(&'a str),
    /// `{expression}`
    Value(&'a Value),
}

impl std::fmt::Display for Path {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            if at > 0 {
                out.write_str(".")?;
            }
            segment.fmt(out)?;
        }
        Ok(())
    }
}

/// A value for something that is missing or invalid and that is reported already.
pub static SAID: Value =
    Value { kind: ValueKind::Bad, span: Span { file: FileId::NONE, start: 0, end: 0 } };
