use roundtrip::scenario::Scenario;
#[test]
fn every_key() {
    match Scenario::read(std::path::Path::new("tests/scenarios/every_key.toml"), &[]) {
        Ok(s) => {
            println!("{}", s.warnings);
            for n in &s.numbers {
                println!("{} = {} [{:?}] {:?}", n.address, n.quantity, n.grade, &s.text[n.span.clone()]);
            }
        }
        Err(e) => panic!("{e}"),
    }
}
