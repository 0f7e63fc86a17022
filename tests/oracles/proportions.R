# Reference values for wfaudit/intervals.py and wfaudit/visible.py, from base R and epiR.
# Prints one JSON object.
suppressPackageStartupMessages({
  library(epiR)
  library(jsonlite)
})

# one share: prop.test (Wilson) and binom.test (Clopper and Pearson) -------------------------------
k <- c(81, 15, 0, 1, 10, 1, 5, 499, 3, 29)
n <- c(263, 148, 20, 29, 10, 10, 10, 1000, 100000, 29)
limits <- function(test, level) {
  t(mapply(function(k, n) test(k, n, conf.level = level)$conf.int[1:2], k, n))
}
wilson <- function(k, n, conf.level = 0.95) {
  suppressWarnings(prop.test(k, n, conf.level = conf.level, correct = FALSE))
}

# two shares: k of n in the group, k_ref of n_ref in the reference ----------------------------------
two <- rbind(
  c(56, 70, 48, 80), c(9, 10, 3, 10), c(5, 56, 1, 29), c(7, 34, 1, 34), c(30, 100, 45, 100),
  c(3, 250, 9, 4000), c(480, 500, 900, 1000), c(12, 40, 12, 40), c(90, 200, 88, 200), c(2, 30, 700, 900)
)
newcombe <- function(k, n, k_ref, n_ref, conf.level = 0.95) {
  a <- wilson(k, n, conf.level)$conf.int
  b <- wilson(k_ref, n_ref, conf.level)$conf.int
  p <- k / n
  q <- k_ref / n_ref
  c(p - q - sqrt((p - a[1])^2 + (b[2] - q)^2), p - q + sqrt((a[2] - p)^2 + (q - b[1])^2))
}
# epi.2by2's score interval of the risk difference (in per cent) is Mee's (1984)
mee <- function(k, n, k_ref, n_ref) {
  table <- matrix(c(k, n - k, k_ref, n_ref - k_ref), 2, byrow = TRUE)
  found <- epi.2by2(table, method = "cohort.count", conf.level = 0.95)$massoc.detail
  unlist(found$ARisk.strata.score[, c("lower", "upper")]) / 100
}
# epi.2by2 of epiR 2.0.57 hands its ratio score (Koopman 1984) the table turned round, so it is asked directly
koopman <- function(k, n, k_ref, n_ref) {
  found <- epiR:::zRRscore(c(k, n - k, k_ref, n_ref - k_ref), 0.95)
  unlist(found[2:3])
}
each <- function(f, ...) t(apply(two, 1, function(row) unname(f(row[1], row[2], row[3], row[4], ...))))

# the smallest gap that would be shown with power .8, every pair of counts looked at -----------------
wilson_limits <- function(k, n) {
  z <- qnorm(0.975)
  centre <- (k + z^2 / 2) / (n + z^2)
  half <- z / (n + z^2) * sqrt(z^2 / 4 + k * (n - k) / n)
  list(low = pmax(centre - half, 0), high = pmin(centre + half, 1))
}
power_above <- function(n, p, n_ref, p_ref, tolerance) {
  a <- wilson_limits(0:n, n)
  b <- wilson_limits(0:n_ref, n_ref)
  shares <- outer((0:n) / n, (0:n_ref) / n_ref, "-")
  low <- shares - sqrt(outer(((0:n) / n - a$low)^2, (b$high - (0:n_ref) / n_ref)^2, "+"))
  sum(outer(dbinom(0:n, n, p), dbinom(0:n_ref, n_ref, p_ref)) * (low > tolerance))
}
smallest <- function(n, p_ref, n_ref, tolerance) {
  root <- uniroot(
    function(p) power_above(n, p, n_ref, p_ref, tolerance) - 0.8,
    c(p_ref, 1), tol = 1e-13
  )
  root$root - p_ref
}
asked <- rbind(
  c(30, 0.15, 40, 0.05), c(30, 0.02, 60, 0.05), c(50, 0.5, 80, 0.05), c(80, 0.3, 35, 0.1),
  c(120, 0.05, 90, 0), c(200, 0.9, 70, 0.02)
)

w95 <- limits(wilson, 0.95)
w90 <- limits(wilson, 0.90)
e95 <- limits(binom.test, 0.95)
e90 <- limits(binom.test, 0.90)
n95 <- each(newcombe)
n90 <- each(newcombe, conf.level = 0.9)
m95 <- each(mee)
r95 <- each(koopman)
values <- list(
  one.k = k, one.n = n,
  wilson95.low = w95[, 1], wilson95.high = w95[, 2], wilson90.low = w90[, 1], wilson90.high = w90[, 2],
  exact95.low = e95[, 1], exact95.high = e95[, 2], exact90.low = e90[, 1], exact90.high = e90[, 2],
  two.k = two[, 1], two.n = two[, 2], two.k_ref = two[, 3], two.n_ref = two[, 4],
  newcombe95.low = n95[, 1], newcombe95.high = n95[, 2],
  newcombe90.low = n90[, 1], newcombe90.high = n90[, 2],
  mee95.low = m95[, 1], mee95.high = m95[, 2],
  koopman95.low = r95[, 1], koopman95.high = r95[, 2],
  visible.n = asked[, 1], visible.p_ref = asked[, 2], visible.n_ref = asked[, 3],
  visible.tolerance = asked[, 4], visible.gap = apply(asked, 1, function(x) smallest(x[1], x[2], x[3], x[4]))
)
cat(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
