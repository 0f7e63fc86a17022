# Reference values for wfaudit/calibration.py, from glm and rms. Prints one JSON object.
# The people are invented: counts at ten stated chances, drawn once from a true score, one too far
# apart, one too close together, one too high, and one that also says 0 and 1.
suppressPackageStartupMessages({
  library(rms)
  library(jsonlite)
})

ten <- c(.05, .1, .15, .2, .3, .4, .5, .6, .75, .9)
tables <- list(
  true = list(
    score = ten, events = c(3, 2, 9, 5, 15, 19, 21, 24, 43, 40),
    nonevents = c(39, 42, 44, 26, 25, 26, 23, 21, 10, 1)
  ),
  flat = list(
    score = ten, events = c(6, 18, 14, 16, 27, 25, 24, 30, 48, 40),
    nonevents = c(55, 45, 50, 35, 21, 24, 28, 29, 16, 6)
  ),
  steep = list(
    score = ten, events = c(0, 0, 3, 3, 11, 11, 18, 23, 37, 55),
    nonevents = c(47, 55, 43, 37, 37, 27, 24, 14, 11, 0)
  ),
  rare = list(
    score = ten, events = c(0, 1, 3, 2, 1, 3, 7, 8, 10, 16),
    nonevents = c(34, 36, 25, 25, 19, 29, 28, 30, 19, 13)
  ),
  ends = list(
    score = c(0, .25, .5, .75, 1), events = c(2, 9, 14, 31, 17), nonevents = c(30, 21, 16, 9, 1)
  )
)
tight <- glm.control(epsilon = 1e-15, maxit = 200)

fitted_to <- function(formula, data) suppressWarnings(glm(formula, binomial, data, control = tight))

# the covariance at the final coefficients (vcov takes the weights of the step before)
covariance <- function(columns, eta) {
  w <- plogis(eta) * (1 - plogis(eta))
  unname(solve(crossprod(columns * sqrt(w))))
}

# Wilson's limits for the share, with the part of the variance that the score leaves open, by search
in_the_large <- function(y, p, moved, level) {
  slope <- fitted_to(y ~ x, data.frame(y, x = qlogis(moved)))$coefficients[[2]]
  slope <- min(max(slope, 0), 1)
  chance <- fitted(fitted_to(y ~ 1 + offset(x), data.frame(y, x = slope * qlogis(moved))))
  share <- mean(y)
  left <- min(mean(chance * (1 - chance)) / (share * (1 - share)), 1)
  z <- qnorm((1 + level) / 2)
  score <- function(m) (share - m)^2 - z^2 * left * m * (1 - m) / length(y)
  root <- function(from, to) uniroot(score, c(from, to), tol = 1e-15)$root
  c(root(1e-12, share), root(share, 1 - 1e-12)) - mean(p)
}

found <- function(table) {
  p <- rep(rep(table$score, 2), c(table$events, table$nonevents))
  y <- rep(c(1, 0), c(sum(table$events), sum(table$nonevents)))
  half <- min(diff(table$score)) / 2
  moved <- ifelse(p == 0, half, ifelse(p == 1, 1 - half, p))
  people <- data.frame(y, x = qlogis(moved))
  free <- fitted_to(y ~ x, people)
  held <- fitted_to(y ~ 1 + offset(x), people)
  theirs <- val.prob(moved, y, pl = FALSE)
  stated <- suppressWarnings(val.prob(p, y, pl = FALSE))
  c(table, list(
    intercept = coef(free)[[1]], slope = coef(free)[[2]],
    cov = covariance(cbind(1, people$x), coef(free)[[1]] + coef(free)[[2]] * people$x),
    alone = coef(held)[[1]],
    alone_se = sqrt(c(covariance(cbind(rep(1, length(y))), coef(held)[[1]] + people$x))),
    rms_intercept = theirs[["Intercept"]], rms_slope = theirs[["Slope"]],
    brier = stated[["Brier"]], brier_se = sd((p - y)^2) / sqrt(length(y)),
    z = stated[["S:z"]], p = stated[["S:p"]],
    difference = mean(y) - mean(p), large95 = in_the_large(y, p, moved, 0.95),
    large90 = in_the_large(y, p, moved, 0.90)
  ))
}

# one stated chance for everyone: Wilson's limits less that chance
alike <- function(k, n, p) c(prop.test(k, n, correct = FALSE)$conf.int) - p
values <- list(
  tables = lapply(tables, found),
  alike = list(
    k = c(9, 40, 3), n = c(60, 90, 200), p = c(.25, .4, .03),
    large95 = t(mapply(alike, c(9, 40, 3), c(60, 90, 200), c(.25, .4, .03)))
  )
)
cat(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
