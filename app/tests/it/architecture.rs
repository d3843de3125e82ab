//! The walls of DESIGN.md section 3: which crate may know which, and who alone may use what from outside.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use crate::support::root;

/// Who may know whom. `app` may know everybody.
const EDGES: &[(&str, &[&str])] = &[
    ("api", &["broker", "dispatch", "domain", "export", "recurrence", "store"]),
    ("worker", &["broker", "dispatch", "domain", "graph", "solver", "store", "verifier"]),
    ("scheduler", &["broker", "dispatch", "domain", "recurrence", "store"]),
    ("evals", &["domain", "verifier", "worker"]),
    ("bench", &["broker", "domain", "rig", "store"]),
    ("chaos", &["rig"]),
    ("dispatch", &["broker", "domain", "store"]),
    ("store", &["domain"]),
    ("broker", &["domain"]),
    ("export", &["domain"]),
    ("verifier", &["domain"]),
    ("domain", &[]),
    ("graph", &[]),
    ("recurrence", &[]),
    ("rig", &[]),
    ("solver", &[]),
    ("migrations", &[]),
];

/// Whose names begin so belongs to these alone.
const MONOPOLIES: &[(&str, &[&str])] = &[
    ("sea-orm", &["store", "migrations"]),
    ("sqlx", &["store"]),
    ("redis", &["broker"]),
    ("apalis", &["broker", "scheduler"]),
    ("apalis-redis", &["broker"]),
    ("poem", &["api"]),
    ("reqwest", &["worker", "app", "chaos"]),
    ("lettre", &["worker"]),
    ("clap", &["app"]),
    ("config", &["app"]),
    ("tracing-subscriber", &["app"]),
    ("anyhow", &["app", "chaos"]),
    ("calcard", &["export", "worker"]),
    ("geojson", &["export"]),
];

/// The same in the sources: a path that begins so is written by these alone. `domain` has derives behind features.
const WORDS: &[(&str, &[&str])] = &[
    ("sea_orm", &["store", "migrations", "domain"]),
    ("sqlx::", &["store"]),
    ("redis::", &["broker"]),
    ("apalis::", &["broker", "scheduler"]),
    ("apalis_cron::", &["scheduler"]),
    ("apalis_core::", &["broker"]),
    ("apalis_redis::", &["broker"]),
    ("poem::", &["api"]),
    ("poem_openapi::", &["api", "domain"]),
    ("reqwest::", &["worker", "app", "chaos"]),
    ("lettre::", &["worker"]),
    ("clap::", &["app"]),
    ("tracing_subscriber::", &["app"]),
    ("env::var", &["app"]),
    ("env::set_var", &[]),
    ("env::args", &[]),
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo describes the workspace")
}

/// What a crate is built of. Optional dependencies are bridges for derives and kits for tests, and not walls.
fn built_of(package: &Package) -> impl Iterator<Item = &cargo_metadata::Dependency> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development && !dependency.optional)
}

#[test]
fn a_crate_knows_only_whom_it_may() {
    let metadata = metadata();
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let allowed: BTreeMap<&str, &[&str]> = EDGES.iter().copied().collect();
    let expected: BTreeSet<&str> = allowed.keys().copied().chain(["app"]).collect();
    assert_eq!(ours, expected, "a new crate needs a wall: say in EDGES whom it may know");
    for package in metadata.packages.iter().filter(|package| package.name.as_str() != "app") {
        let may = allowed[package.name.as_str()];
        for dependency in built_of(package).filter(|dependency| ours.contains(dependency.name.as_str())) {
            assert!(may.contains(&dependency.name.as_str()), "{} must not know {}", package.name, dependency.name);
        }
    }
}

#[test]
fn an_outside_crate_has_its_owners() {
    for package in &metadata().packages {
        for dependency in built_of(package) {
            let name = dependency.name.as_str();
            let owned =
                |prefix: &str| name == prefix || name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-'));
            for (prefix, owners) in MONOPOLIES.iter().filter(|(prefix, _)| owned(prefix)) {
                let owner = owners.contains(&package.name.as_str());
                assert!(owner, "{} must not use {name}: {prefix} is for {owners:?}", package.name);
            }
        }
    }
}

#[test]
fn only_the_tick_of_apalis_is_in_the_scheduler() {
    let metadata = metadata();
    let scheduler = metadata.packages.iter().find(|package| package.name.as_str() == "scheduler").expect("it is there");
    let names: BTreeSet<&str> = built_of(scheduler)
        .map(|dependency| dependency.name.as_str())
        .filter(|name| name.starts_with("apalis"))
        .collect();
    assert!(names.is_subset(&BTreeSet::from(["apalis", "apalis-cron"])), "{names:?}");
}

#[test]
fn the_sources_keep_to_the_monopolies() {
    let mut broken = Vec::new();
    for package in &metadata().packages {
        let folder = package.manifest_path.parent().expect("a manifest is in a folder").join("src");
        for file in rust_files(folder.as_std_path()) {
            // Kits for tests may be told where servers are.
            if file.file_name().is_some_and(|name| name == "testing.rs") {
                continue;
            }
            let text = fs::read_to_string(&file).expect("a source can be read");
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for (word, owners) in WORDS {
                    if mentions(code, word) && !owners.contains(&package.name.as_str()) {
                        broken.push(format!("{}:{}: {word} is for {owners:?}", file.display(), number + 1));
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Whether `code` holds `word` as the beginning of a path or of a name.
fn mentions(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_word_is_found_as_the_beginning_of_a_path_only() {
    assert!(mentions("use redis::Client;", "redis::"));
    assert!(mentions("let x = ::redis::cmd()", "redis::"));
    assert!(!mentions("let x = my_redis::cmd()", "redis::"));
}
