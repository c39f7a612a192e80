//! Consent: a flow that a tenant's file names needs the consent of the owner of each end that is isolated in
//! the direction of the flow and is not the tenant's own.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{name, ports_to_accept};
use super::overlap::{holds, ports};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Accept, Client, Endpoint, Flow, Model, Owner, Server};
use crate::source::{FileId, Files, Site, Span};

/// Reports flows without consent.
pub(super) fn check(files: &Files, model: &Model, diagnostics: &mut Diagnostics) {
    if !model.has_all_accepts {
        return;
    }
    let accepts = Accepts::of(model);
    for flow in &model.flows {
        for missing in accepts.missing(flow) {
            diagnostics.push(missing.report(files, model, flow));
        }
    }
}

/// Reports consents without a flow, in a model without errors.
pub(super) fn unused(model: &Model, diagnostics: &mut Diagnostics) {
    let accepts = Accepts::of(model);
    let used: BTreeSet<usize> = model.flows.iter().flat_map(|it| accepts.used(it)).collect();
    for (at, accept) in model.accepts.iter().enumerate() {
        let nothing_named = accept.clients.is_empty() || accept.servers.is_empty();
        if !used.contains(&at) && !nothing_named {
            diagnostics.push(without_flow(model, accept));
        }
    }
}

/// The consents of a model.
struct Accepts<'m> {
    model: &'m Model,
    /// Rows of `Model::accepts` by their author and the owners of their servers.
    rows: BTreeMap<(Owner, Option<Owner>), Vec<usize>>,
}

/// A consent that covers one pair of ends, and the ends for which its author may speak.
struct Consent {
    row: usize,
    author: Owner,
    client: bool,
    server: bool,
}

/// Ends of a flow, named at one place, that lack the consent of their owner towards the other ends.
struct Missing<'m> {
    side: Side,
    owner: Owner,
    named_by: Owner,
    site: Site,
    clients: Vec<&'m Client>,
    servers: Vec<&'m Server>,
}

/// The end whose owner has not consented.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Client,
    Server,
}

impl<'m> Accepts<'m> {
    fn of(model: &'m Model) -> Self {
        let mut rows: BTreeMap<(Owner, Option<Owner>), Vec<usize>> = BTreeMap::new();
        for (at, accept) in model.accepts.iter().enumerate() {
            let owners: BTreeSet<Option<Owner>> =
                accept.servers.iter().map(|it| model.owner_of(&it.endpoint)).collect();
            for owner in owners {
                rows.entry((accept.author, owner)).or_default().push(at);
            }
        }
        Self { model, rows }
    }

    /// The consents that cover a pair of ends.
    fn covering(&self, client: &Client, server: &Server) -> Vec<Consent> {
        let client_owner = self.model.owner_of(&client.endpoint);
        let server_owner = self.model.owner_of(&server.endpoint);
        let authors: BTreeSet<Owner> =
            [Some(Owner::Platform), client_owner, server_owner].into_iter().flatten().collect();
        let rows = authors.into_iter().filter_map(|it| self.rows.get(&(it, server_owner)));
        let rows = rows.flatten().copied();
        let covering =
            rows.filter(|row| covers(self.model, &self.model.accepts[*row], client, server));
        let consent = |row: usize| {
            let author = self.model.accepts[row].author;
            let speaks = |owner: Option<Owner>| {
                owner.is_some_and(|it| it == author || author == Owner::Platform)
            };
            Consent { row, author, client: speaks(client_owner), server: speaks(server_owner) }
        };
        covering.map(consent).collect()
    }

    /// The consents that a flow needs and does not have: one for each place that names an end.
    fn missing(&self, flow: &'m Flow) -> Vec<Missing<'m>> {
        let mut missing: BTreeMap<(Side, Site, Owner), Missing<'m>> = BTreeMap::new();
        for client in &flow.clients {
            for server in &flow.servers {
                let of_client = self.of_client(client, server);
                let of_server = self.model.server_consent(&server.endpoint, server.named_by);
                if of_client.is_none() && of_server.is_none() {
                    continue;
                }
                let given = self.covering(client, server);
                let of_client = of_client.filter(|_| !given.iter().any(|it| it.client));
                let of_server = of_server.filter(|_| !given.iter().any(|it| it.server));
                let ends = [
                    (Side::Client, of_client, client.site, client.named_by),
                    (Side::Server, of_server, server.site, server.named_by),
                ];
                for (side, owner, site, named_by) in ends {
                    let Some(owner) = owner else { continue };
                    let row = missing.entry((side, site, owner)).or_insert_with(|| Missing {
                        side,
                        owner,
                        named_by,
                        site,
                        clients: Vec::new(),
                        servers: Vec::new(),
                    });
                    row.clients.push(client);
                    row.servers.push(server);
                }
            }
        }
        missing.into_values().collect()
    }

    fn of_client(&self, client: &Client, server: &Server) -> Option<Owner> {
        self.model.client_consent(&client.endpoint, &server.endpoint, client.named_by)
    }

    /// The consents that a flow uses: those of the owners of its servers, and those of the owners of its
    /// clients to flows that others write.
    fn used(&self, flow: &Flow) -> BTreeSet<usize> {
        let mut used = BTreeSet::new();
        for client in &flow.clients {
            for server in &flow.servers {
                let is_of_others = |it: &Consent| match it.author {
                    Owner::Platform => self.of_client(client, server).is_some(),
                    Owner::Tenant(_) => client.named_by != it.author,
                };
                let given = self.covering(client, server).into_iter();
                let given = given.filter(|it| it.server || it.client && is_of_others(it));
                used.extend(given.map(|it| it.row));
            }
        }
        used
    }
}

/// Whether an accept names both ends of a pair, on all ports of the server.
fn covers(model: &Model, accept: &Accept, client: &Client, server: &Server) -> bool {
    let clients = accept.clients.iter().any(|it| holds(model, &it.endpoint, &client.endpoint));
    clients
        && accept.servers.iter().any(|it| {
            holds(model, &it.endpoint, &server.endpoint) && it.ports.contains(&ports(model, server))
        })
}

impl Missing<'_> {
    fn report(&self, files: &Files, model: &Model, flow: &Flow) -> Diagnostic {
        let (code, way, end) = match self.side {
            Side::Client => (Code::E0409, "from", self.clients.first().map(|it| &it.endpoint)),
            Side::Server => (Code::E0403, "into", self.servers.first().map(|it| &it.endpoint)),
        };
        let end = end.expect("INVARIANT: a missing consent is for a pair of ends");
        let (name, whose) = (name(model, end), called(model, self.owner));
        let message = format!(
            "`{}` opens a flow {way} `{name}`, and {whose} has not accepted it",
            model.owner_name(self.named_by)
        );
        let through = (flow.site.span.file != self.site.span.file).then_some(flow.site.span);
        let declared = declaration(model, end);
        let such = self.file(model).map(|it| files.file(it).path.as_str());
        let such = such.map(|it| format!(", such as {it}")).unwrap_or_default();
        Diagnostic::new(code, self.site.span, message)
            .here(format!("owned by {whose}"))
            .label_if(through, "opened by this flow")
            .label_if(
                declared.map(|(at, _)| at),
                format!("`{name}` is {}", declared.map_or("", |(_, how)| how)),
            )
            .label_if(self.misplaced(model), format!("this accept is not in a file of {whose}"))
            .note_if((self.side == Side::Client).then_some(()), |()| {
                format!("the flow opens the egress of `{name}`, which is isolated")
            })
            .help(format!("to allow it, add to a file of {whose}{such}: `{}`", self.line(model)))
    }

    /// A file of the owner: where it writes already, or where the platform has the end.
    fn file(&self, model: &Model) -> Option<FileId> {
        let end = match self.side {
            Side::Client => self.clients.first().map(|it| &it.endpoint),
            Side::Server => self.servers.first().map(|it| &it.endpoint),
        };
        let declared = end.and_then(|it| declaration(model, it)).map(|(at, _)| at.file);
        model.file_of(self.owner).or(declared.filter(|_| self.owner == Owner::Platform))
    }

    /// The accept that the owner has to write.
    fn line(&self, model: &Model) -> String {
        let clients = self.clients.iter().map(|it| name(model, &it.endpoint));
        let servers = self.servers.iter();
        let servers = servers.map(|it| name(model, &it.endpoint) + &ports_to_accept(model, it));
        format!("accept {} -> {}", one_or_list(clients), one_or_list(servers))
    }

    /// An accept for these ends by another owner, often the owner of the other end.
    fn misplaced(&self, model: &Model) -> Option<Span> {
        let is_for = |it: &&Accept| {
            let mut pairs = self.clients.iter().zip(&self.servers);
            pairs.any(|(client, server)| covers(model, it, client, server))
        };
        model.accepts.iter().find(is_for).map(|it| it.site.span)
    }
}

/// The names of ends as the language writes them: one, or a list.
fn one_or_list(names: impl Iterator<Item = String>) -> String {
    let names: BTreeSet<String> = names.collect();
    let list = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() == 1 { list } else { format!("[{list}]") }
}

/// An owner in a sentence.
fn called(model: &Model, owner: Owner) -> String {
    match owner {
        Owner::Platform => "the platform".to_owned(),
        Owner::Tenant(id) => format!("`{}`", model.tenant(id).name),
    }
}

/// The place of an end in the files of its owner.
fn declaration(model: &Model, endpoint: &Endpoint) -> Option<(Span, &'static str)> {
    model.declaration_of(endpoint).map(|(_, site)| in_project(model, site))
}

/// Where the owner's files have something: its declaration, or the `use` that brought it.
pub(super) fn in_project(model: &Model, site: Site) -> (Span, &'static str) {
    let Some(via) = site.via else { return (site.span, "declared here") };
    let parents = std::iter::successors(Some(via), |it| model.expansions[it.0 as usize].parent);
    let outermost = parents.last().unwrap_or(via);
    (model.expansions[outermost.0 as usize].span, "part of this")
}

/// Reports an accept that no flow needs.
fn without_flow(model: &Model, accept: &Accept) -> Diagnostic {
    let is_own = |it: &Endpoint| model.owner_of(it) == Some(accept.author);
    let of_client = matches!(accept.author, Owner::Tenant(_))
        && !accept.servers.iter().any(|it| is_own(&it.endpoint));
    if !of_client {
        return Diagnostic::new(Code::N0401, accept.site.span, "no flow uses this accept").help(
            "remove it, or write the flow that it accepts: an accept alone opens no connection",
        );
    }
    let author = model.owner_name(accept.author);
    Diagnostic::new(Code::N0401, accept.site.span, "no flow of another owner uses this accept")
        .here(format!("accepts flows of other owners from clients of `{author}`"))
        .help(format!(
            "remove it: flows of `{author}` need no consent for clients of `{author}`, \
         and the consent for a server comes from the owner of the server"
        ))
}
