//! Faults that are seeded, and whether the doctor finds their cause and their cure.

use std::net::TcpListener;

use crate::support::Place;

/// A port that nobody has at the moment.
fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

#[test]
fn a_healthy_place_has_nothing_to_mend() {
    let place = Place::new();
    let ran = place.run(&["doctor", "--listen", &free()]).expect(0);
    assert!(!ran.stdout.contains("FAIL"), "{}", ran.stdout);
    for what in ["configuration", "database", "redis", "lock", "port", "data folder", "disk", "open files"] {
        assert!(ran.stdout.contains(what), "{what}: {}", ran.stdout);
    }
    assert!(!place.path().join(".portolan").exists(), "it changes nothing");
}

#[test]
fn a_running_dev_is_no_fault() {
    let place = Place::new();
    let dev = place.dev();
    let listen = dev.url.trim_start_matches("http://").to_owned();
    let ran = place.run(&["doctor", "--listen", &listen]).expect(0);
    for told in ["answers on", "where a running Portolan answers", "every migration is applied", "is whole", "s apart"]
    {
        assert!(ran.stdout.contains(told), "{told}: {}", ran.stdout);
    }
}

#[test]
fn a_damaged_file_is_found() {
    let place = Place::with_probe();
    place.run(&["plan", "x", "--workflow", "probe", "--probe-steps", "50", "--probe-delay-ms", "0"]).expect(0);
    let file = place.path().join(".portolan/portolan.db");
    let whole = place.run(&["doctor", "--listen", &free()]).expect(0);
    assert!(whole.stdout.contains("is whole"), "{}", whole.stdout);
    let mut bytes = std::fs::read(&file).expect("it is there");
    // The last page: the first ones say what the tables are.
    let last = bytes.len() - 4_096;
    bytes[last..].fill(0xA5);
    std::fs::write(&file, bytes).expect("it can be written");
    let ran = place.run(&["doctor", "--listen", &free()]).expect(1);
    assert!(ran.stdout.contains("FAIL  file"), "{}", ran.stdout);
}

#[test]
fn each_fault_is_named_with_its_cause_and_its_cure() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken_at = taken.local_addr().expect("an address").to_string();
    let free = free();
    let faults: [(Place, &str, &[&str]); 5] = [
        (Place::new(), &taken_at, &["port", "taken by another program", "--port"]),
        (Place::new().with("PORTOLAN__WORKR__SLOTS", "1"), &free, &["configuration", "PORTOLAN__WORKR__SLOTS"]),
        (Place::new().with("PORTOLAN__WORKER__LEASE_MS", "1"), &free, &["configuration", "three renewals"]),
        (Place::new().with("REDIS_URL", "redis://127.0.0.1:9"), &free, &["redis", "cannot be reached", "REDIS_URL"]),
        (
            Place::new().with("DATABASE_URL", "postgres://app:hunter2@127.0.0.1:9/p"),
            &free,
            &["database", "cannot be reached", "DATABASE_URL"],
        ),
    ];
    for (place, listen, told) in faults {
        let ran = place.run(&["doctor", "--listen", listen]).expect(1);
        let stdout = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(stdout.contains(&format!("FAIL {}", told[0])), "{stdout}");
        for needle in told {
            assert!(stdout.contains(needle), "{needle}: {stdout}");
        }
        assert!(!stdout.contains("hunter2"), "{stdout}");
    }
}
