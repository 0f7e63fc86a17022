# Delete-one-cluster jackknife (JK1, about the full estimate) of what has no row-wise formula: survey's replicate
# weights, with the slope of a weighted line, the chance of a higher tier and the log odds of a share told by R.
suppressMessages({library(survey); library(jsonlite)})
tables <- list(
  even = list(clusters = 10, tier = c(5, 3, 2, 4, 4, 3, 6, 2, 3), yes = c(3, 1, 4, 1, 5, 9, 2, 6, 5, 3)),
  uneven = list(clusters = 14, tier = c(9, 1, 1, 2, 7, 3, 0, 4, 8, 5), yes = c(1, 7, 2, 8, 0, 2, 8, 4, 5))
)
people <- function(t) {   # row by row, from the two lists of whole numbers taken round and round
  rows <- do.call(rbind, lapply(seq_len(t$clusters), function(c) do.call(rbind, lapply(0:4, function(p) {
    n <- 3 + (c * 5 + p * 3) %% 7
    i <- seq_len(n)
    data.frame(cluster = c, period = p, group = (i + c) %% 2, tier = t$tier[(i * p + c) %% length(t$tier) + 1] %% 4,
               yes = as.integer(i <= t$yes[(c * 2 + p) %% length(t$yes) + 1] * n / 10))
  }))))
  rows
}
higher <- function(w, d) {   # wilcox.test counts ties half
  x <- d$tier[d$group == 1 & w > 0]; y <- d$tier[d$group == 0 & w > 0]
  unname(suppressWarnings(wilcox.test(x, y, exact = FALSE)$statistic)) / length(x) / length(y) - 0.5
}
one <- function(t) {
  d <- people(t)
  made <- as.svrepdesign(svydesign(ids = ~cluster, weights = ~1, data = d), type = "JK1", mse = TRUE)
  told <- function(f) { r <- withReplicates(made, f); list(estimate = as.numeric(coef(r)), se = as.numeric(SE(r))) }
  cells <- aggregate(list(n = rep(1, nrow(d))), d[c("cluster", "period", "group", "tier", "yes")], sum)
  list(cells = as.matrix(cells[c("cluster", "period", "group", "tier", "yes", "n")]), clusters = t$clusters,
       slope = told(function(w, d) unname(coef(lm(yes ~ period, data = d, weights = w))[2])),
       higher = told(higher),
       odds = told(function(w, d) qlogis(sum(w * d$yes) / sum(w))),
       gap = told(function(w, d) { g <- w * d$group; h <- w - g; sum(g * d$yes) / sum(g) - sum(h * d$yes) / sum(h) }))
}
cat(toJSON(lapply(tables, one), digits = NA, auto_unbox = TRUE))
