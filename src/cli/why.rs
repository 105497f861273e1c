use clap::Args;
#[derive(Args)]
pub struct WhyArgs {}
pub fn why(_: &WhyArgs) -> u8 { 0 }
