//! The metallb block: pools, fixed addresses, reserved addresses.

use super::bgp::{Bgp, ROUTES};
use super::endpoints::Target;
use super::expand::description;
use super::report;
use super::resolver::Resolver;
use super::scope::ScopeId;
use super::{report_limits, report_values};
use crate::model::{
    Announce, Endpoint, FixedAddress, Metallb, Owner, Pool, Reserved, ServiceType, Taker,
    WorkloadId,
};
use crate::source::{Name, Span, Spanned};
use crate::syntax::ast::{self, Block, Item, Value, ValueKind};

/// A pool as far as it could be read.
struct Read {
    pool: Pool,
    /// Whether each of its ranges could be read.
    has_all_ranges: bool,
}

impl<'a> Resolver<'a> {
    /// Reads `metallb { … }`.
    pub(super) fn metallb(&mut self, block: &'a Block) {
        let known = ["version", "namespace", "bgp"];
        let body = self.body(&block.items, ScopeId::TOP, "a metallb block", &known);
        if let Some(first) = &self.model.cluster.metallb {
            let keyword = Spanned::new(Name::new("metallb"), block.name.span);
            let diagnostic = report::declared_twice(&keyword, "block", "block", first.span);
            self.diagnostics.push(diagnostic);
            return;
        }
        let version = self.version(&body, "version");
        if !body.fields.contains_key("version") {
            let hint =
                "`version = \"0.14.8\"`: the MetalLB version, on which the annotations depend";
            self.missing(&body, block.name.span, "metallb block", "version", hint);
        }
        let namespace =
            self.text(&body, "namespace").map_or_else(|| "metallb-system".to_owned(), |it| it.node);
        let mode = self.bgp_mode(&body);
        let mut bgp = Bgp::default();
        let (mut pools, mut addresses, mut reserved): (
            Vec<Pool>,
            Vec<FixedAddress>,
            Vec<Reserved>,
        ) = (Vec::new(), Vec::new(), Vec::new());
        let is_whole = !self.declared.lost.pools;
        let mut has_all_pools = is_whole;
        for item in body.items {
            if let Item::Pool(inner) = item {
                if let Some(first) = pools.iter().find(|it| it.name.node == inner.name.node) {
                    self.diagnostics.push(report::declared_twice(
                        &inner.name,
                        "pool",
                        "pool",
                        first.name.span,
                    ));
                } else {
                    let read = self.pool(inner);
                    has_all_pools &= read.has_all_ranges;
                    pools.push(read.pool);
                }
            } else if let Item::Peer(inner) = item {
                self.bgp_peer(inner, &mut bgp);
            } else if let Item::Bfd(inner) = item {
                self.bfd_profile(inner, &mut bgp);
            } else if let Item::Address(inner) = item {
                addresses.extend(self.fixed_address(inner));
            } else if let Item::Reserve(inner) = item {
                if let Some(range) = self.range_of(&inner.value, ScopeId::TOP) {
                    let reason = inner.reason.as_ref().map(|it| it.node.clone());
                    reserved.push(Reserved { range: range.node, reason, span: inner.span });
                }
            } else {
                self.diagnostics.push(report::wrong_place(item, "a metallb block"));
            }
        }
        if is_whole {
            self.check_pool_fields(&pools);
            self.check_bgp_names(&pools, &bgp);
        }
        let Some(version) = version else { return };
        self.model.to_mut().cluster.metallb = Some(Metallb {
            version,
            namespace,
            bgp: mode,
            pools,
            has_all_pools,
            peers: bgp.peers,
            bfd_profiles: bgp.profiles,
            addresses,
            reserved,
            span: block.name.span,
        });
    }

    fn pool(&mut self, block: &'a Block) -> Read {
        let own = ["addresses", "announce", "interfaces", "nodes", "for", "avoid-buggy-ips"];
        let known = [&own[..], &ROUTES[..]].concat();
        let body = self.body(&block.items, ScopeId::TOP, "a pool", &known);
        self.only_fields(&body, "a pool");
        let mut ranges = Vec::new();
        let given = body.fields.get("addresses").filter(|it| !it.value.members().is_empty());
        match given {
            Some(field) => {
                for member in field.value.members() {
                    ranges.extend(self.range_of(member, ScopeId::TOP));
                }
            }
            None => {
                let hint = "`addresses = [192.168.1.200-192.168.1.250]`";
                self.missing(&body, block.name.span, "pool", "addresses", hint);
            }
        }
        let ways = [("l2", Announce::L2), ("bgp", Announce::Bgp)];
        let announce = self.choice(&body, "announce", &ways);
        let mut interfaces = Vec::new();
        if let Some(field) = body.fields.get("interfaces") {
            for member in field.value.members() {
                interfaces.extend(self.interface(member));
            }
        }
        let mut takers = Vec::new();
        if let Some(field) = body.fields.get("for") {
            for member in field.value.members() {
                takers.extend(self.taker(member));
            }
        }
        let written = given.map_or(0, |it| it.value.members().len());
        let has_all_ranges = body.whole && written > 0 && ranges.len() == written;
        let pool = Pool {
            name: block.name.clone(),
            ranges,
            announce: announce.unwrap_or(Spanned::new(Announce::L2, block.name.span)),
            interfaces,
            nodes: self.node_selectors(&body),
            routes: self.bgp_routes(&body),
            avoid_buggy_ips: self.flag(&body, "avoid-buggy-ips"),
            takers,
            span: block.name.span,
            description: description(&block.doc),
        };
        Read { pool, has_all_ranges }
    }

    /// The name of a network interface: a word or a string.
    pub(super) fn interface(&mut self, value: &Value) -> Option<Spanned<String>> {
        let name = match &value.kind {
            ValueKind::Text(text) => text.plain.clone(),
            _kind => match value.word() {
                Some(word) => word.node.to_string(),
                None => {
                    self.wrong_kind(value, "the name of an interface: `eth0`");
                    return None;
                }
            },
        };
        // `dev_valid_name` of the kernel (net/core/dev.c).
        let odd = |it: char| it.is_whitespace() || matches!(it, '/' | ':');
        if name.is_empty()
            || name.len() > 15
            || name.contains(odd)
            || [".", ".."].contains(&name.as_str())
        {
            self.diagnostics.push(report_limits::not_an_interface(value.span, &name));
            return None;
        }
        Some(Spanned::new(name, value.span))
    }

    /// An entry of a pool's `for`: a tenant, a component or a service.
    fn taker(&mut self, value: &'a Value) -> Option<Spanned<Taker>> {
        let Some(path) = value.path() else {
            self.wrong_kind(value, "a tenant, a component or a service");
            return None;
        };
        let path = Spanned::new(path.clone(), value.span);
        let taker = match self.named(&path, ScopeId::TOP) {
            Target::Tenant(_) => {
                let name = path.node.0.first()?;
                let at = self.model.tenants.iter().position(|it| it.name == name.node)?;
                Taker::Owner(Owner::Tenant(crate::model::TenantId::new(at)))
            }
            Target::Use(workloads) | Target::EveryUse(workloads) => Taker::Workloads(workloads),
            Target::Endpoint(Endpoint::Workload(id)) => Taker::Workloads(vec![id]),
            Target::Endpoint(Endpoint::Namespace(id)) => {
                let inside = self.model.workload_ids().filter(|(_, it)| it.namespace == id);
                Taker::Workloads(inside.map(|(id, _)| id).collect())
            }
            Target::Absent | Target::Unresolved | Target::UnboundAlias(_) => return None,
            Target::Endpoint(_) | Target::LoadBalancer(_) | Target::Scraped => {
                self.wrong_kind(value, "a tenant, a component or a service");
                return None;
            }
        };
        Some(Spanned::new(taker, value.span))
    }

    fn fixed_address(&mut self, fixed: &'a ast::Address) -> Option<FixedAddress> {
        let address = self.address_of(&fixed.value, ScopeId::TOP)?;
        let absent = self.model.absent.len();
        let workload = self.workload_named(&fixed.service, ScopeId::TOP);
        if let Some(it) = self.model.absent.get(absent) {
            let cluster = self.model.cluster.name.to_string();
            self.diagnostics.push(report_limits::not_in_cluster(fixed.service.span, &cluster, it));
        }
        if let Some(id) = workload {
            self.make_load_balancer(id, fixed.span);
        }
        if let Some(id) = workload
            && !self.model.workload(id).is_load_balancer()
        {
            let it = self.model.workload(id);
            let kind = it.service.as_ref().map(|it| (it.kind.node.word(), it.kind.span));
            let (word, place) = kind.unwrap_or(("workload", it.site.span));
            let diagnostic = report_values::no_address(fixed.service.span, &it.path, word, place);
            self.diagnostics.push(diagnostic);
            return None;
        }
        Some(FixedAddress { workload, address, site: self.site(fixed.span, ScopeId::TOP) })
    }

    /// Turns a service without a `type` into a load balancer if it has a fixed address.
    fn make_load_balancer(&mut self, id: WorkloadId, address: Span) {
        let workload = &mut self.model.to_mut().workloads[id.at()];
        let declared = workload.site.span;
        if let Some(service) = &mut workload.service
            && service.kind.span == declared
        {
            service.kind = Spanned::new(ServiceType::LoadBalancer, address);
        }
    }

    /// Validates `pool = NAME` of services.
    fn check_pool_fields(&mut self, pools: &[Pool]) {
        let wanted: Vec<Spanned<Name>> = self
            .model
            .workloads
            .iter()
            .filter_map(|it| it.service.as_ref()?.pool.clone())
            .filter(|wanted| !pools.iter().any(|it| it.name.node == wanted.node))
            .collect();
        for name in wanted {
            let pools = pools.iter().map(|it| &it.name);
            let known: Vec<_> = pools.map(|it| (it.node.to_string(), Some(it.span))).collect();
            self.diagnostics.push(report::unknown_pool(&name, &known));
        }
    }
}
