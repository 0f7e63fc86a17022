# Reference values for wfaudit/adjust.py and wfaudit/needed.py, from base R. Prints one JSON object.
# Adjusted p-values by p.adjust. Powers by going through every table that can happen, with intervals
# written here anew: Newcombe's from Wilson's, Miettinen and Nurminen's by asking for each table
# whether the score at the end of the tolerance, at the closed-form shares under it (Farrington and
# Manning 1990), exceeds the deviate.
suppressPackageStartupMessages(library(jsonlite))

values <- list()
families <- list(
  # the fifteen p-values of the example of Benjamini and Hochberg (1995)
  bh1995 = c(.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1.0000),
  ties = c(.04, .01, .04, .01, .2, .04, 1, .01),
  one = c(.031),
  small = c(3e-12, 4e-5, .9, .0499, .0251),
  twenty = c(.5228, .0019, .3047, .0442, .0125, .7731, .0007, .2914, .0668, .9120,
             .0333, .1585, .6104, .0258, .0051, .8342, .4409, .0906, .0174, .3667)
)
for (name in names(families)) {
  values[[paste0(name, ".p")]] <- I(families[[name]])
  for (method in c("holm", "BH", "BY")) {
    values[[paste(name, method, sep = ".")]] <- I(p.adjust(families[[name]], method))
  }
}
missing <- c(.01, NA, .04, .03, NA)
for (method in c("holm", "BH", "BY")) values[[paste0("missing.", method)]] <- I(p.adjust(missing, method))

wilson <- function(k, n, z) {
  half <- z * sqrt(z^2 / 4 + k * (n - k) / n)
  list(low = (k + z^2 / 2 - half) / (n + z^2), high = (k + z^2 / 2 + half) / (n + z^2))
}

newcombe <- function(k, n, k2, n2, z) {
  a <- wilson(k, n, z)
  b <- wilson(k2, n2, z)
  gap <- k / n - k2 / n2
  list(
    low = gap - sqrt((k / n - a$low)^2 + (b$high - k2 / n2)^2),
    high = gap + sqrt((a$high - k / n)^2 + (k2 / n2 - b$low)^2)
  )
}

score <- function(k, n, k2, n2, delta) {
  x <- k2 / n2
  y <- k / n
  # shares under gap p - p2 = delta, with p2 = p - delta: cubic in p of Farrington and Manning,
  # group first (p), reference second
  theta <- n2 / n
  a <- 1 + theta
  b <- -(1 + theta + y + theta * x + delta * (theta + 2))
  c <- delta^2 + delta * (2 * y + theta + 1) + y + theta * x
  d <- -y * delta * (1 + delta)
  v <- b^3 / (3 * a)^3 - b * c / (6 * a^2) + d / (2 * a)
  u <- ifelse(v >= 0, 1, -1) * sqrt(pmax(b^2 / (3 * a)^2 - c / (3 * a), 0))
  w <- (pi + acos(pmin(pmax(ifelse(u == 0, 0, v / u^3), -1), 1))) / 3
  p <- pmin(pmax(2 * u * cos(w) - b / (3 * a), 0), 1)
  p2 <- pmin(pmax(p - delta, 0), 1)
  variance <- (p * (1 - p) / n + p2 * (1 - p2) / n2) * (n + n2) / (n + n2 - 1)
  ifelse(variance > 0, (y - x - delta) / sqrt(variance), sign(y - x - delta) * Inf)
}

power <- function(n, p, n2, p2, tolerance, level) {
  k <- rep(0:n, times = n2 + 1)
  k2 <- rep(0:n2, each = n + 1)
  chance <- dbinom(k, n, p) * dbinom(k2, n2, p2)
  printed <- newcombe(k, n, k2, n2, qnorm((1 + level) / 2))
  z <- qnorm(level)
  clear <- score(k, n, k2, n2, -tolerance) > z & score(k, n, k2, n2, tolerance) < -z
  c(sum(chance[printed$low > tolerance | printed$high < -tolerance]), sum(chance[clear]))
}

cases <- list(
  c(50, .30, 80, .10, .05, .95), c(120, .20, 200, .20, .10, .95), c(60, .02, 60, .40, .05, .95),
  c(200, .50, 100, .30, .02, .95), c(300, .15, 300, .15, .08, .95), c(90, .70, 90, .65, .25, .90),
  c(250, .05, 400, .05, .06, .99), c(10, .90, 10, .10, .20, .95)
)
values$power.cases <- do.call(rbind, cases)
values$power.found <- do.call(rbind, lapply(cases, function(x) do.call(power, as.list(x))))
cat(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
