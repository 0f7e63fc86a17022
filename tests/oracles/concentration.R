# Reference values for wfaudit/estimators/concentration.py and means.py, from R. Prints one JSON object.
# Invented amounts along a score, with and without ties. The index twice: 2 cov(amount, rank) / mean, and as
# the slope of the convenient regression (Kakwani, Wagstaff and van Doorslaer 1997). Its variance twice: their
# formula person by person, with n - 1 for n, and the infinitesimal jackknife of the boot package
# (numerical derivatives of the weighted index, so right to a few digits). Means and their difference by t.test.
suppressPackageStartupMessages(library(jsonlite))
library(boot)

sets <- list(
  apart = list(
    score = c(11, 3, 27, 8, 19, 33, 5, 14, 22, 30, 17, 25),
    amount = c(2, 0, 5, 1, 3, 9, 0, 4, 4, 6, 2, 7)
  ),
  ties = list(
    score = c(1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 5, 5, 5, 5),
    amount = c(10, 25, 10, 30, 15, 0, 20, 45, 5, 50, 60, 10, 35, 20)
  ),
  low = list(
    score = rep(1:8, times = c(5, 4, 6, 5, 3, 7, 5, 5)),
    amount = c(
      9, 8, 7, 12, 9, 8, 6, 7, 9, 5, 6, 7, 4, 8, 5, 6, 4, 3, 7, 5,
      2, 4, 6, 3, 3, 2, 5, 1, 4, 2, 1, 0, 2, 3, 1, 0, 0, 1, 2, 0
    )
  )
)

rank_of <- function(score, w) {
  sapply(score, function(s) sum(w[score < s]) + sum(w[score == s]) / 2)
}
weighted_index <- function(d, w) {
  w <- w / sum(w)
  r <- rank_of(d$score, w)
  2 * sum(w * d$amount * r) / sum(w * d$amount) - 1
}
person_by_person <- function(score, amount) {
  n <- length(score)
  r <- (rank(score) - 0.5) / n
  index <- 2 * mean(amount * r) / mean(amount) - 1
  curve <- sapply(score, function(s) sum(amount[score < s]) + sum(amount[score <= s])) / sum(amount)
  a <- amount / mean(amount) * (2 * r - 1 - index) + 2 - curve
  (mean(a^2) - (1 + index)^2) / (n - 1)
}
one <- function(set) {
  score <- set$score
  amount <- set$amount
  n <- length(score)
  r <- (rank(score) - 0.5) / n
  spread <- mean((r - mean(r))^2)
  left <- 2 * spread * amount / mean(amount)
  influence <- empinf(data = data.frame(score, amount), statistic = weighted_index, stype = "w", type = "inf")
  list(
    score = score, amount = amount,
    index = 2 * mean((amount - mean(amount)) * (r - mean(r))) / mean(amount),
    regression = unname(coef(lm(left ~ r))[2]),
    variance = person_by_person(score, amount),
    infinitesimal = var.linear(influence) * n / (n - 1)
  )
}

amounts <- list(
  women = c(12, 30, 25, 18, 40, 22, 35, 28, 15, 31, 27),
  men = c(20, 45, 38, 52, 33, 41, 29, 60, 37, 44)
)
alone <- lapply(amounts, function(x) as.numeric(t.test(x)$conf.int))
welch <- t.test(amounts$women, amounts$men)

cat(toJSON(list(
  index = lapply(sets, one),
  means = list(
    amounts = amounts, alone = alone, gap = as.numeric(welch$conf.int), df = unname(welch$parameter)
  )
), digits = NA, auto_unbox = TRUE), "\n")
