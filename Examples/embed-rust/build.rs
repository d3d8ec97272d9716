// Links libnnscore.a, which pkg-config finds by PKG_CONFIG_PATH.
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    let found = Command::new("pkg-config").args(["--variable=libdir", "nnscore"]).output();
    match found {
        Ok(found) if found.status.success() => {
            let folder = String::from_utf8_lossy(&found.stdout).trim().to_string();
            println!("cargo:rerun-if-changed={}/libnnscore.a", folder);
            println!("cargo:rustc-link-search=native={}", folder);
            println!("cargo:rustc-link-lib=static=nnscore");
            println!("cargo:rustc-link-lib=dylib=m");
        }
        _ => panic!("pkg-config does not find nnscore: run Scripts/build-library and set PKG_CONFIG_PATH, as README.md says"),
    }
}
