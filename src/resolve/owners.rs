//! Ownership of files: the `files` patterns of the tenants. The platform owns files that no pattern matches.

use std::collections::BTreeMap;

use super::lost::Lost;
use super::{report, report_owners};
use crate::diagnostics::Diagnostics;
use crate::source::{FileId, Files, Name, Span};
use crate::syntax::ast::{Block, Item, ValueKind};

/// The files of the tenants.
#[derive(Default)]
pub(super) struct FileOwners {
    owners: BTreeMap<FileId, (Name, Span)>,
    /// Whether no tenant and no pattern is lost.
    is_whole: bool,
}

/// One pattern, indexed by its path before the first wildcard, so that a path is compared only with patterns
/// that can match.
struct Claim<'a> {
    pattern: glob::Pattern,
    tenant: &'a Name,
    span: Span,
}

impl FileOwners {
    /// Reads the patterns; reports malformed patterns and files with two owners.
    pub(super) fn of(
        files: &Files,
        tenants: &BTreeMap<Name, Vec<&Block>>,
        lost: &Lost,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut claims: BTreeMap<String, Vec<Claim<'_>>> = BTreeMap::new();
        for (tenant, blocks) in tenants {
            for (text, span) in blocks.iter().flat_map(|it| patterns(it)) {
                match glob::Pattern::new(text) {
                    Ok(pattern) => {
                        let claim = Claim { pattern, tenant, span };
                        claims.entry(fixed_part(text)).or_default().push(claim);
                    }
                    Err(error) => diagnostics.push(report::bad_pattern(span, why(&error))),
                }
            }
        }
        for it in claims.values().flatten() {
            let path = &files.file(it.span.file).path;
            if let Some(other) = matching(&claims, path).next() {
                diagnostics.push(report_owners::claimed_by_tenant(
                    it.span,
                    path,
                    other.tenant,
                    other.span,
                ));
            }
        }
        let mut owners = BTreeMap::new();
        for (id, file) in files.iter().filter(|(_, file)| !file.is_stdlib()) {
            let mut fits: Vec<_> = matching(&claims, &file.path).collect();
            fits.sort_by_key(|it| it.span);
            if let Some(first) = fits.first() {
                if let Some(second) = fits.iter().find(|it| it.tenant != first.tenant) {
                    diagnostics.push(report::two_owners(
                        &file.path,
                        (first.tenant, first.span),
                        (second.tenant, second.span),
                    ));
                } else {
                    owners.insert(id, (first.tenant.clone(), first.span));
                }
            }
        }
        Self { owners, is_whole: !lost.owners }
    }

    /// The tenant that owns a file; `None` for the platform.
    pub(super) fn of_file(&self, file: FileId) -> Option<&Name> {
        self.owners.get(&file).map(|(tenant, _)| tenant)
    }

    /// The tenant that owns a file, and the pattern that matches it; `None` for the platform, and if the owner is
    /// unknown because a tenant or a pattern is lost.
    pub(super) fn claim(&self, file: FileId) -> Option<&(Name, Span)> {
        self.owners.get(&file).filter(|_| self.is_whole)
    }
}

/// The claims whose patterns match a path.
fn matching<'c, 'a>(
    claims: &'c BTreeMap<String, Vec<Claim<'a>>>,
    path: &'c str,
) -> impl Iterator<Item = &'c Claim<'a>> {
    let candidates = prefixes(path).filter_map(|it| claims.get(it)).flatten();
    candidates.filter(move |it| it.pattern.matches(path))
}

/// The `files` of a tenant's block: a string or a list of them.
fn patterns(block: &Block) -> Vec<(&str, Span)> {
    let mut found = Vec::new();
    for item in &block.items {
        let Item::Field(field) = item else { continue };
        if field.name.node.as_str() != "files" {
            continue;
        }
        let values = match &field.value.kind {
            ValueKind::List(values) => values.as_slice(),
            _ => std::slice::from_ref(&field.value),
        };
        for value in values {
            if let ValueKind::Text(text) = &value.kind {
                found.push((text.plain.as_str(), value.span));
            }
        }
    }
    found
}

/// The reason that a pattern is invalid, for messages.
fn why(error: &glob::PatternError) -> &'static str {
    match error.msg {
        it if it.contains("single path component") => {
            "`**` stands for whole folders, alone between slashes"
        }
        it if it.contains("wildcards are either") => "three `*` in a row are not a pattern",
        _range => "a `[` opens a list of characters, and `]` closes it",
    }
}

/// The folders of a pattern before its first wildcard: `tenants/financial/` of `tenants/financial/**`.
fn fixed_part(pattern: &str) -> String {
    let wild = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
    let folder = pattern.get(..wild).and_then(|it| it.rfind('/')).map_or(0, |it| it + 1);
    pattern.get(..folder).unwrap_or("").to_owned()
}

/// The folders that contain a path, each with its trailing slash, and the empty prefix.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let slashes = path.match_indices('/').filter_map(|(at, _)| path.get(..=at));
    std::iter::once("").chain(slashes)
}
