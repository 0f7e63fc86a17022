# Reference values for wfaudit/labels.py, from base R. Prints one JSON object.
# Bounds by looking for the least and the most over the odds that gamma allows; their errors by the
# delta method with numerical derivatives of a multinomial; the deviate of Imbens and Manski (2004)
# by uniroot; Wilson's limits at it with the people that have the same error.
suppressPackageStartupMessages(library(jsonlite))

cases <- list(
  c(30, 70, 50), c(5, 95, 10), c(48, 12, 200), c(300, 700, 20), c(12, 14, 3), c(400, 9600, 4000)
)
gammas <- c(1, 1.25, 2, 4, 10)

filled <- function(counts, times) {
  odds <- times * counts[1] / counts[2]
  (counts[1] + counts[3] * odds / (1 + odds)) / sum(counts)
}

error <- function(counts, f) {
  total <- sum(counts)
  p <- counts / total
  g <- sapply(1:3, function(i) {
    h <- 1e-4 * p[i]
    step <- replace(numeric(3), i, h)
    # four-point derivative
    (8 * (f(p + step) - f(p - step)) - (f(p + 2 * step) - f(p - 2 * step))) / (12 * h)
  })
  sqrt(sum(p * g^2) - sum(p * g)^2) / sqrt(total)
}

wilson <- function(p, people, z, side) {
  (p + z^2 / (2 * people) + side * z * sqrt(p * (1 - p) / people + z^2 / (4 * people^2))) / (1 + z^2 / people)
}

deviate <- function(width, spread, level) {
  uniroot(function(c) pnorm(c + width / spread) - pnorm(-c) - level, c(0, 6), tol = 1e-14)$root
}

one <- function(counts, gamma, level = 0.95) {
  times <- exp(seq(-log(gamma), log(gamma), length.out = 201))
  rates <- sapply(times, function(t) filled(counts, t))
  low <- min(rates)
  high <- max(rates)
  se <- c(
    error(counts, function(p) filled(p, times[which.min(rates)])),
    error(counts, function(p) filled(p, times[which.max(rates)]))
  )
  z <- deviate(high - low, max(se), level)
  people <- c(low * (1 - low), high * (1 - high)) / se^2
  c(low, high, people, wilson(low, people[1], z, -1), wilson(high, people[2], z, 1))
}

values <- list(cases = do.call(rbind, cases), gammas = gammas)
for (i in seq_along(cases)) {
  values[[paste0("case", i)]] <- do.call(rbind, lapply(gammas, function(g) one(cases[[i]], g)))
  counts <- cases[[i]]
  total <- sum(counts)
  ends <- c(counts[1], counts[1] + counts[3]) / total
  z <- deviate(diff(ends), sqrt(max(ends * (1 - ends) / total)), 0.95)
  values[[paste0("worst", i)]] <- c(ends, wilson(ends[1], total, z, -1), wilson(ends[2], total, z, 1))
}
cat(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
