//! `portolan key`: makes an API key. Only its hash is ever stored.

use crate::{cli::KeyArgs, exit::Exit, key, output};

pub(super) fn run(args: &KeyArgs) -> Exit {
    let key = key::mint();
    let sha256 = key::sha256(&key);
    let (name, tenant) = (&args.name, &args.tenant);
    output::data(&key);
    output::note(format!(
        "\nThis is the only time that the key is shown. Give it to its holder, who sends it as `Authorization: Bearer <key>` \
         or puts it into PORTOLAN_API_KEY for this program.\n\n\
         The server keeps its hash. In portolan.toml:\n\n\
         [[api.keys]]\nname = \"{name}\"\ntenant = \"{tenant}\"\nsha256 = \"{sha256}\"\n\n\
         or in the environment (one list holds all the keys):\n\n\
         PORTOLAN__API__KEYS='[{{\"name\":\"{name}\",\"tenant\":\"{tenant}\",\"sha256\":\"{sha256}\"}}]'"
    ));
    Exit::Ok
}
