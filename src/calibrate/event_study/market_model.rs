//! The market model of a share, R = α + β·R_m + ε, by least squares over the estimation window, and how surely it says
//! what a later day's return would have been.
//!
//! A day's prediction error has the variance σ²·(1 + 1/L + (R_m − R̄_m)²/S), with L days of estimation and S the sum of
//! squares of the market's returns about their mean; the sum of w days' errors has σ²·(w + w²/L + (Σ(R_m − R̄_m))²/S),
//! because all of them share the errors of α and β. A residual within the window has σ²·(1 − 1/L − (R_m − R̄_m)²/S).

/// A fitted share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarketModel {
    pub alpha: f64,
    pub beta: f64,
    /// s: residual standard deviation with L − 2 degrees of freedom.
    pub sd: f64,
    /// L.
    pub days: usize,
    /// R̄_m and S.
    pub market_mean: f64,
    pub market_square: f64,
}

/// Why there is no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// The market's return is the same on all days.
    MarketStands,
    /// The share is a multiple of the market.
    NoNoise,
}

impl MarketModel {
    /// From pairs of the share's return and the market's; three at least.
    pub fn fit(pairs: &[(f64, f64)]) -> Result<MarketModel, Unfit> {
        let n = pairs.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
        let (own_mean, market_mean) = (mean(|pair| pair.0), mean(|pair| pair.1));
        let (mut market_square, mut product, mut own_square) = (0.0, 0.0, 0.0);
        for (own, market) in pairs {
            let (y, x) = (own - own_mean, market - market_mean);
            market_square += x * x;
            product += x * y;
            own_square += y * y;
        }
        // Below what rounding leaves of a constant.
        const NOTHING: f64 = 1e-24;
        if pairs.len() < 3 || market_square <= n * NOTHING {
            return Err(Unfit::MarketStands);
        }
        let beta = product / market_square;
        let alpha = own_mean - beta * market_mean;
        let squares: f64 = pairs.iter().map(|(own, market)| square(own - alpha - beta * market)).sum();
        if squares <= n * NOTHING || squares <= 1e-20 * own_square {
            return Err(Unfit::NoNoise);
        }
        let sd = (squares / (n - 2.0)).sqrt();
        Ok(MarketModel { alpha, beta, sd, days: pairs.len(), market_mean, market_square })
    }

    /// Return less what the model foresees.
    pub fn abnormal(&self, own: f64, market: f64) -> f64 {
        own - self.alpha - self.beta * market
    }

    /// Standard deviation of the sum of prediction errors over days with these returns of the market.
    pub fn prediction_sd(&self, market: &[f64]) -> f64 {
        let (w, days) = (market.len() as f64, self.days as f64);
        let away: f64 = market.iter().map(|market| market - self.market_mean).sum();
        self.sd * (w + w * w / days + away * away / self.market_square).sqrt()
    }

    /// Standard deviation of a residual of the estimation window.
    pub fn residual_sd(&self, market: f64) -> f64 {
        let away = market - self.market_mean;
        let rest = 1.0 - 1.0 / self.days as f64 - away * away / self.market_square;
        // 0 where a day alone decides β: its residual is 0 too.
        self.sd * rest.max(1e-12).sqrt()
    }
}

fn square(x: f64) -> f64 {
    x * x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: market −1, 0, 1, 2 and share −1, 1, 1, 3 have means 0.5 and 1, S = 5, Σxy = 6, so β = 1.2, α = 0.4,
    /// residuals −0.2, 0.6, −0.6, 0.2, s² = 0.8/2. Over two days with the market at 2.5 and 1.5 the mean is left by 2 and 1:
    /// 0.4·(2 + 4/4 + 9/5) = 1.92. The residual at −1 has 0.4·(1 − 1/4 − 2.25/5) = 0.12.
    #[test]
    fn by_hand() {
        let model = MarketModel::fit(&[(-1.0, -1.0), (1.0, 0.0), (1.0, 1.0), (3.0, 2.0)]).unwrap();
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(model.alpha, 0.4);
        close(model.beta, 1.2);
        close(model.sd, 0.4f64.sqrt());
        close(model.abnormal(5.0, 2.5), 1.6);
        close(model.prediction_sd(&[2.5]), (0.4f64 * (1.0 + 0.25 + 4.0 / 5.0)).sqrt());
        close(model.prediction_sd(&[2.5, 1.5]), 1.92f64.sqrt());
        close(model.residual_sd(-1.0), 0.12f64.sqrt());
    }

    #[test]
    fn what_has_no_model_is_said() {
        let flat: Vec<(f64, f64)> = (0..20).map(|k| (0.01 * f64::from(k % 3), 0.001)).collect();
        assert_eq!(MarketModel::fit(&flat), Err(Unfit::MarketStands));
        let twice: Vec<(f64, f64)> =
            (0..20).map(|k| (0.02 * f64::from(k % 3), 0.01 * f64::from(k % 3))).collect();
        assert_eq!(MarketModel::fit(&twice), Err(Unfit::NoNoise));
        assert_eq!(MarketModel::fit(&[(0.1, 0.1), (0.2, 0.4)]), Err(Unfit::MarketStands));
    }
}
