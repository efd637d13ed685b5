//! Gives the browser's half a stack as large as the pages are deep.

/// A page takes over the server's HTML depth first. The linker's default is 1 MiB, which a long callflow outgrows.
const STACK_BYTES: u32 = 8 << 20;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo:rustc-link-arg-cdylib=-zstack-size={STACK_BYTES}");
    }
}
