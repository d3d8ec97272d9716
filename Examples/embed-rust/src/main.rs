//! Scores one digit: prints the label, then the bits of each score.
mod nnscore;
use nnscore::{Model, Scorer};

fn run() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().collect();
    let (path, pixels) = match arguments.as_slice() {
        [_, path, pixels] => (path, pixels),
        _ => return Err("usage: embed-rust MODEL.safetensors PIXELS".into()),
    };
    let pixels = std::fs::read(pixels).map_err(|error| format!("{}: {}", pixels, error))?;
    let model = Model::open(path)?;
    let scores = Scorer::new(&model)?.score(&pixels)?;
    for row in scores.chunks(model.outputs()) {
        println!("{} says {}", model.version(), model.label(row));
        let bits: Vec<String> = row.iter().map(|score| format!("{:08x}", score.to_bits())).collect();
        println!("{}", bits.join(" "));
    }
    Ok(())
}

fn main() {
    if let Err(message) = run() {
        eprintln!("embed-rust: {message}");
        std::process::exit(1);
    }
}
