//! JSON document for programs, described in `docs/diff-json.md`.

use serde_json::{Map, Value, json};

use super::sentences::{self, About, Answer, OWNED, connections_need, not_compared, notes, risks};
use crate::diagnostics::Message;
use crate::diff::{Action, Comparison, Difference, FieldChange, Line, ObjectKey, Sign};
use crate::impact::{Change, Fate, Party};
use crate::policy::Direction;
use crate::scalar::PortRange;
use crate::source::Place;

/// Version of the document: it is increased when a field changes its meaning or is removed.
pub const VERSION: u32 = 2;

/// Returns the answers as a JSON document.
pub fn json(answers: &[Answer<'_>]) -> Value {
    json!({
        "version": VERSION,
        "clusters": answers.iter().map(|it| cluster(&it.comparison, it.about)).collect::<Vec<_>>(),
    })
}

fn cluster(comparison: &Comparison, about: About<'_>) -> Value {
    let risks: Map<String, Value> = risks(comparison)
        .into_iter()
        .map(|(class, n)| (class.name().to_owned(), json!(n)))
        .collect();
    let mut all = notes(comparison);
    all.extend(not_compared(comparison));
    all.extend(connections_need(comparison));
    json!({
        "cluster": about.cluster,
        "desired": about.desired,
        "against": about.against,
        "summary": {
            "create": comparison.count(Action::Create),
            "change": comparison.count(Action::Change),
            "remove": comparison.count(Action::Remove),
            "conflicts": comparison.conflicts.len(),
            "opens": comparison.connections.count(Fate::Opens),
            "closes": comparison.connections.count(Fate::Closes),
            "same": comparison.same,
            "risks": risks,
        },
        "connections": comparison.connections.lines.iter().map(connection).collect::<Vec<_>>(),
        "objects": comparison.differences.iter().map(|it| Value::Object(object(it))).collect::<Vec<_>>(),
        "conflicts": comparison.conflicts.iter().map(|it| {
            let mut row = object(&it.difference);
            row.insert("owner".to_owned(), json!(it.owner));
            row.insert("code".to_owned(), json!(OWNED.as_str()));
            Value::Object(row)
        }).collect::<Vec<_>>(),
        "risks": comparison.all_risks().into_iter().map(|(risk, key)| {
            json!({
                "class": risk.class.name(),
                "code": risk.code.as_str(),
                "why": risk.why,
                "object": key.map(ObjectKey::to_string),
                "places": risk.at.iter().map(place).collect::<Vec<_>>(),
            })
        }).collect::<Vec<_>>(),
        "helmValues": comparison.helm_values,
        "notes": texts(&comparison.notes),
        "messages": all,
        "otherPolicies": comparison.other_policies.iter().map(|it| {
            json!({"namespace": it.namespace, "name": it.name})
        }).collect::<Vec<_>>(),
        "notCompared": {
            "unreadKinds": comparison.skipped.of_unread.iter().map(|(kind, n)| (kind.name().to_owned(), json!(n))).collect::<Map<_, _>>(),
            "unread": comparison.skipped.unread,
            "connectionsNeed": comparison.connections_need,
            "otherKinds": comparison.skipped.other_kinds,
            "documents": comparison.skipped.no_objects,
            "helmValues": comparison.skipped.helm_values,
            "absentKinds": comparison.absent_kinds.iter().map(|it| it.name()).collect::<Vec<_>>(),
        },
    })
}

fn connection(it: &Change) -> Value {
    let party = |it: &Party| {
        json!({
            "name": it.name.whole(),
            "names": it.name.names,
            "but": it.name.but,
            "pods": it.live,
            "addresses": it.is_outside,
            "internet": it.has_internet,
        })
    };
    let ports = |ports: &[PortRange]| {
        let port = |it: &PortRange| json!({"protocol": it.protocol.as_str(), "port": it.from, "endPort": it.to});
        ports.iter().map(port).collect::<Vec<_>>()
    };
    let stays = it.stays.iter().map(|(clients, servers, on)| {
        json!({"clients": clients.whole(), "servers": servers.whole(), "ports": ports(on)})
    });
    let causes = it.causes.iter().map(|it| {
        json!({
            "source": it.at.as_ref().map(Place::to_string),
            "place": it.at.as_ref().map(place),
            "isNow": it.is_now,
            "says": it.says,
            "policy": it.policy,
            "rule": it.rule,
        })
    });
    json!({
        "title": format!("{}{}", sentences::connection(it), sentences::pods(it)),
        "fate": match it.fate {
            Fate::Opens => "opens",
            Fate::Closes => "closes",
        },
        "owner": it.owner,
        "clients": party(&it.clients),
        "servers": party(&it.servers),
        "ports": ports(&it.ports),
        "sweeps": it.sweep.map(Direction::word),
        "stays": stays.collect::<Vec<_>>(),
        "causes": causes.collect::<Vec<_>>(),
    })
}

/// Returns a place. A place from an annotation of an object has no columns and no end.
fn place(it: &Place) -> Value {
    let mut row = Map::new();
    row.insert("path".to_owned(), json!(it.path));
    row.insert("line".to_owned(), json!(it.line));
    if let Some(extent) = it.extent {
        row.insert("column".to_owned(), json!(extent.column));
        row.insert("endLine".to_owned(), json!(extent.end_line));
        row.insert("endColumn".to_owned(), json!(extent.end_column));
    }
    if let Some(through) = &it.through {
        row.insert("through".to_owned(), place(through));
    }
    Value::Object(row)
}

fn object(it: &Difference) -> Map<String, Value> {
    let action = match it.action {
        Action::Create => "create",
        Action::Change => "change",
        Action::Remove => "remove",
    };
    let mut row = Map::new();
    row.insert("action".to_owned(), json!(action));
    row.insert("title".to_owned(), json!(it.key.to_string()));
    row.insert("kind".to_owned(), json!(it.key.kind.name()));
    if let Some(namespace) = &it.key.namespace {
        row.insert("namespace".to_owned(), json!(namespace));
    }
    row.insert("name".to_owned(), json!(it.key.name));
    if let Some(source) = &it.source {
        row.insert("source".to_owned(), json!(source.to_string()));
        row.insert("place".to_owned(), place(source));
    }
    let risks: Vec<Value> = it
        .risks
        .iter()
        .map(|it| json!({"class": it.class.name(), "code": it.code.as_str(), "why": it.why}))
        .collect();
    row.insert("risks".to_owned(), json!(risks));
    row.insert("notes".to_owned(), json!(texts(&it.notes)));
    row.insert("messages".to_owned(), json!(it.notes));
    row.insert("changes".to_owned(), it.changes.iter().map(change).collect());
    row.insert("diff".to_owned(), json!(diff(&it.lines)));
    row
}

/// Returns the sentences without their codes.
fn texts(notes: &[Message]) -> Vec<&str> {
    notes.iter().map(|it| it.text.as_str()).collect()
}

fn change(it: &FieldChange) -> Value {
    let mut row = Map::new();
    row.insert("pointer".to_owned(), json!(it.pointer));
    for (field, value) in [("before", &it.before), ("after", &it.after)] {
        if let Some(value) = value {
            row.insert(field.to_owned(), value.clone());
        }
    }
    if let Some(source) = &it.source {
        row.insert("source".to_owned(), json!(source.to_string()));
        row.insert("place".to_owned(), place(source));
    }
    Value::Object(row)
}

fn diff(lines: &[Line]) -> String {
    let signed = lines.iter().map(|Line { sign, text }| match sign {
        Sign::Same => format!("  {text}\n"),
        Sign::Removed => format!("- {text}\n"),
        Sign::Added => format!("+ {text}\n"),
    });
    signed.collect()
}
