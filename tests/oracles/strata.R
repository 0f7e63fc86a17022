# Reference values for wfaudit/estimators/strata.py, from metafor, epiR and base R. Prints one JSON
# object. The score limits are by the definition of Miettinen and Nurminen (1985): at each gap the
# most likely shares of every stratum are looked for numerically.
suppressPackageStartupMessages({
  library(metafor)
  library(epiR)
  library(jsonlite)
})

# women and men who applied to the six largest departments of Berkeley in 1973 (Bickel et al. 1975)
ucb <- function(sex) list(k = UCBAdmissions["Admitted", sex, ], n = colSums(UCBAdmissions[, sex, ]))
women <- ucb("Female")
men <- ucb("Male")
sets <- list(
  berkeley = list(k = women$k, n = women$n, k_ref = men$k, n_ref = men$n),
  two = list(k = c(8, 12), n = c(20, 40), k_ref = c(10, 5), n_ref = c(40, 25)),
  small = list(
    k = c(1, 2, 3, 1, 4, 2, 1), n = c(3, 5, 4, 2, 9, 6, 7),
    k_ref = c(1, 3, 1, 1, 2, 3, 2), n_ref = c(6, 12, 3, 4, 7, 8, 11)
  ),
  uneven = list(
    k = c(3, 9, 30, 70), n = c(60, 80, 90, 120), k_ref = c(20, 25, 14, 9), n_ref = c(900, 300, 40, 15)
  )
)

likely <- function(gap, k, n, k_ref, n_ref) {
  slope <- function(q) {
    ifelse(k > 0, k / (q + gap), 0) - ifelse(k < n, (n - k) / (1 - q - gap), 0) +
      ifelse(k_ref > 0, k_ref / q, 0) - ifelse(k_ref < n_ref, (n_ref - k_ref) / (1 - q), 0)
  }
  low <- max(0, -gap)
  high <- min(1, 1 - gap)
  edge <- 1e-13 * (high - low)
  if (slope(low + edge) <= 0) return(low)
  if (slope(high - edge) >= 0) return(high)
  uniroot(slope, c(low + edge, high - edge), tol = 1e-16, maxiter = 10000)$root
}
variance <- function(gap, k, n, k_ref, n_ref) {
  q <- likely(gap, k, n, k_ref, n_ref)
  p <- q + gap
  (p * (1 - p) / n + q * (1 - q) / n_ref) * (n + n_ref) / (n + n_ref - 1)
}
score <- function(gap, s, w) {
  apart <- sum(w * (s$k / s$n - s$k_ref / s$n_ref)) / sum(w) - gap
  v <- mapply(variance, gap, s$k, s$n, s$k_ref, s$n_ref)
  apart / sqrt(sum(w^2 * v) / sum(w)^2)
}
limits <- function(s, w) {
  z <- qnorm(0.975)
  at <- sum(w * (s$k / s$n - s$k_ref / s$n_ref)) / sum(w)
  find <- function(target, low, high) {
    uniroot(function(gap) score(gap, s, w) - target, c(low, high), tol = 1e-14, maxiter = 10000)$root
  }
  c(find(z, -1 + 1e-6, at), find(-z, at, 1 - 1e-6))
}

asked <- function(s) {
  mh <- function(measure) {
    rma.mh(ai = s$k, bi = s$n - s$k, ci = s$k_ref, di = s$n_ref - s$k_ref, measure = measure)
  }
  gap <- mh("RD")
  ratio <- mh("RR")
  people <- s$n + s$n_ref
  each <- escalc(
    measure = "RD", ai = s$k, bi = s$n - s$k, ci = s$k_ref, di = s$n_ref - s$k_ref, to = "none"
  )
  spread <- function(w) rma(yi = each$yi, vi = each$vi, weights = w, method = "EE")
  everybody <- spread(people)
  own <- spread(s$n)
  usual <- s$n * s$n_ref / people
  mh_limits <- limits(s, usual)
  std_limits <- limits(s, people)
  own_limits <- limits(s, s$n)
  squares <- mapply(function(k, n, k_ref, n_ref) {
    (k / n - k_ref / n_ref - gap$beta[1])^2 / variance(gap$beta[1], k, n, k_ref, n_ref)
  }, s$k, s$n, s$k_ref, s$n_ref)
  table <- array(rbind(s$k, s$k_ref, s$n - s$k, s$n_ref - s$k_ref), c(2, 2, length(s$k)))
  epi <- epi.2by2(table, method = "cohort.count")$massoc.detail
  c(lapply(s, as.numeric), list(
    gap = gap$beta[1], sato_se = gap$se, sato_low = gap$ci.lb, sato_high = gap$ci.ub,
    epi_sato = as.numeric(epi$ARisk.mh.sato) / 100, epi_green = as.numeric(epi$ARisk.mh.green) / 100,
    green_se = spread(usual)$se,
    log_ratio = ratio$beta[1], log_ratio_se = ratio$se,
    ratio_low = exp(ratio$ci.lb), ratio_high = exp(ratio$ci.ub),
    epi_ratio = as.numeric(epi$RR.mh.wald),
    score_low = mh_limits[1], score_high = mh_limits[2], score_at_tenth = score(0.1, s, usual),
    standardised = everybody$beta[1], standardised_se = everybody$se,
    standardised_low = std_limits[1], standardised_high = std_limits[2],
    own = own$beta[1], own_se = own$se, own_low = own_limits[1], own_high = own_limits[2],
    same_gap = sum(squares), same_gap_usual = gap$QE
  ))
}
values <- lapply(sets, asked)

# twelve caseworkers who each saw people of four score bands, left out one at a time
at <- function(i, j) (7 * i + 5 * j) %% 11
n <- outer(1:12, 1:4, function(i, j) 4 + at(i, j))
n_ref <- outer(1:12, 1:4, function(i, j) 3 + at(j, i))
k <- outer(1:12, 1:4, function(i, j) (3 * i + j) %% 4)
k_ref <- outer(1:12, 1:4, function(i, j) (i + 2 * j) %% 3)
pooled <- function(keep, measure) {
  sums <- lapply(list(k, n, k_ref, n_ref), function(x) colSums(x[keep, ]))
  rma.mh(
    ai = sums[[1]], bi = sums[[2]] - sums[[1]], ci = sums[[3]], di = sums[[4]] - sums[[3]],
    measure = measure
  )$beta[1]
}
left_out <- function(measure) {
  full <- pooled(1:12, measure)
  each <- sapply(1:12, function(i) pooled(setdiff(1:12, i), measure))
  c(full, sqrt(11 / 12 * sum((each - full)^2)))
}
values$clusters <- list(
  k = k, n = n, k_ref = k_ref, n_ref = n_ref, gap = left_out("RD"), log_ratio = left_out("RR")
)
cat(toJSON(values, digits = NA, auto_unbox = TRUE), "\n")
