# Reference values for wfaudit/paired.py, from base R: the score interval of Tango (1998) for the
# difference of two shares of the same people, by the definition and not by its closed form. At each
# gap the most likely share is looked for numerically; the limits are where the score is the deviate.
suppressPackageStartupMessages(library(jsonlite))

likely <- function(gap, b, c, n) {
  # the share q of "second alone" that makes b (first alone), c and the rest most likely, p = q + gap
  slope <- function(q) {
    ifelse(b > 0, b / (q + gap), 0) + ifelse(c > 0, c / q, 0) - 2 * (n - b - c) / (1 - 2 * q - gap)
  }
  low <- max(0, -gap)
  high <- (1 - gap) / 2
  edge <- 1e-13 * (high - low)
  if (slope(low + edge) <= 0) return(low)
  if (slope(high - edge) >= 0) return(high)
  uniroot(slope, c(low + edge, high - edge), tol = 1e-16, maxiter = 10000)$root
}
score <- function(gap, b, c, n) {
  q <- likely(gap, b, c, n)
  (b - c - n * gap) / sqrt(n * (2 * q + gap * (1 - gap)))
}
limits <- function(b, c, n, level) {
  z <- qnorm((1 + level) / 2)
  at <- (b - c) / n
  find <- function(target, low, high) {
    uniroot(function(gap) score(gap, b, c, n) - target, c(low, high), tol = 1e-14, maxiter = 10000)$root
  }
  c(find(z, -1 + 1e-9, at), find(-z, at, 1 - 1e-9))
}
n11 <- c(4, 53, 1, 8, 7, 40, 0, 900, 120, 3)
n10 <- c(9, 16, 1, 3, 25, 0, 12, 40, 2, 5)
n01 <- c(3, 8, 7, 1, 2, 6, 5, 60, 31, 4)
n00 <- c(16, 9, 12, 2, 68, 54, 3, 4000, 500, 2)
n <- n11 + n10 + n01 + n00
at <- function(level) t(mapply(limits, n10, n01, n, MoreArgs = list(level = level)))
l95 <- at(0.95)
l90 <- at(0.90)
cat(toJSON(list(
  n11 = n11, n10 = n10, n01 = n01, n00 = n00,
  low95 = l95[, 1], high95 = l95[, 2], low90 = l90[, 1], high90 = l90[, 2]
), digits = NA, auto_unbox = TRUE))
