# Reference values for wfaudit/estimators/variance.py and heterogeneity.py: mean squares from lm() on
# one row a person, the usual size of a cell from the trace of the projections, the jackknife by a loop;
# metafor for the variance behind many estimates. Prints one JSON object.
suppressPackageStartupMessages({
  library(metafor)
  library(VGAM)
  library(jsonlite)
})
data(lirat)

# share of variance between units within profiles, from rows of people
share <- function(y, unit, profile) {
  several <- profile %in% names(which(tapply(unit, profile, function(u) length(unique(u)) > 1)))
  y <- y[several]
  profile <- factor(as.character(profile[several]))
  cell <- factor(paste(profile, unit[several]))
  design <- if (nlevels(profile) > 1) model.matrix(~profile) else matrix(1, length(y), 1)
  base <- qr(design)
  both <- qr(model.matrix(~ 0 + cell))
  rss <- function(fit) sum(qr.resid(fit, y)^2)
  df <- both$rank - base$rank
  rest <- length(y) - both$rank
  marks <- model.matrix(~ 0 + cell)
  size <- sum(qr.resid(base, marks)^2) / df
  msb <- (rss(base) - rss(both)) / df
  msw <- rss(both) / rest
  c(share = (msb - msw) / (msb + (size - 1) * msw), ratio = msb / msw, size = size,
    between = (msb - msw) / size, within = msw)
}
knife <- function(y, unit, profile) {
  full <- share(y, unit, profile)
  units <- unique(unit)
  each <- sapply(units, function(u) {
    keep <- unit != u
    log(share(y[keep], unit[keep], profile[keep])[["ratio"]])
  })
  m <- length(units)
  half <- qt(0.975, m - 2) * sqrt((m - 1) / m * sum((each - log(full[["ratio"]]))^2))
  ends <- exp(log(full[["ratio"]]) + c(-half, half))
  limits <- (ends - 1) / (ends - 1 + full[["size"]])
  list(share = full[["share"]], between = full[["between"]], within = full[["within"]],
       low = limits[1], high = limits[2])
}
rows <- function(k, n, unit, profile) {
  knife(rep(rep(c(1, 0), length(k)), c(rbind(k, n - k))), rep(unit, n), rep(profile, n))
}

litters <- list(k = lirat$R, n = lirat$N)
litters <- c(litters, rows(litters$k, litters$n, seq_along(litters$k), rep(1, length(litters$k))))
grid <- expand.grid(unit = 1:9, profile = 1:5)
dealt <- list(
  k = (grid$unit * 2 + grid$profile) %% 4, n = 3 + (grid$unit * 5 + grid$profile * 3) %% 6,
  unit = grid$unit, profile = grid$profile
)
some <- (grid$unit + 2 * grid$profile) %% 5 > 0 & !(grid$profile == 5 & grid$unit > 1)
dealt <- lapply(dealt, function(x) x[some])
dealt <- c(dealt, do.call(rows, dealt))

# twelve units of which two or three met each of ten profiles
few <- data.frame(unit = c(1:10, 2:11, 12, 12, 12), profile = c(1:10, 1:10, 2, 5, 9))
few$n <- 2 + (few$unit * 3 + few$profile) %% 4
few$k <- (few$unit + few$profile * 2) %% (few$n + 1)
few <- as.list(few)
few <- c(few, do.call(rows, few[c("k", "n", "unit", "profile")]))

both <- function(yi, vi) {
  fit <- function(method) {
    rma(yi = yi, vi = vi, method = method, control = list(tol = 1e-14, threshold = 1e-14, maxiter = 10000))
  }
  dl <- fit("DL")
  list(
    y = as.numeric(yi), v = as.numeric(vi), dl = dl$tau2, pm = fit("PM")$tau2, q = dl$QE, q_p = dl$QEp,
    mean = dl$beta[1], se = dl$se, low = dl$ci.lb, high = dl$ci.ub
  )
}
logits <- escalc(measure = "PLO", xi = xi, ni = ni, data = dat.pritz1997, add = 0.5, to = "all")
arcs <- escalc(measure = "PFT", xi = xi, ni = ni, data = dat.pritz1997)
rats <- escalc(measure = "PLO", xi = lirat$R, ni = lirat$N, add = 0.5, to = "all")
even <- rma(yi = c(0.2, 0.5, 0.9, 1.4, 0.1), vi = rep(0.05, 5), method = "REML",
            control = list(tol = 1e-14, threshold = 1e-14, maxiter = 10000))
cat(toJSON(list(
  litters = litters, dealt = dealt, few = few,
  k = dat.pritz1997$xi, n = dat.pritz1997$ni,
  logits = both(logits$yi, logits$vi), arcs = both(arcs$yi, arcs$vi), rats = both(rats$yi, rats$vi),
  even_reml = even$tau2
), digits = NA, auto_unbox = TRUE), "\n")
