# Delete-one-cluster jackknife of a gap between two groups: CR3 of a linear model with one dummy (clubSandwich).
# CR3 is the sum of squares of the estimates without each cluster about the full one; wfaudit takes (G - 1) / G of it.
suppressMessages({library(clubSandwich); library(jsonlite)})
tables <- list(
  within = list(k = c(3, 5, 2, 6, 4, 7, 1, 5, 3, 4), n = c(10, 12, 9, 14, 11, 13, 8, 12, 10, 9),
                k_ref = c(2, 3, 4, 1, 5, 2, 3, 4, 2, 1), n_ref = c(11, 10, 12, 9, 13, 8, 10, 14, 9, 10)),
  between = list(k = c(3, 5, 2, 6, 4, 7, 1, 5, 0, 0, 0, 0, 0, 0, 0, 0), n = c(10, 12, 9, 14, 11, 13, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0),
                 k_ref = c(0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 4, 1, 5, 2, 3, 4), n_ref = c(0, 0, 0, 0, 0, 0, 0, 0, 11, 10, 12, 9, 13, 8, 10, 14)),
  mixed = list(k = c(9, 1, 4, 0, 6, 2, 8, 3, 5), n = c(20, 5, 9, 4, 15, 6, 19, 7, 10),
               k_ref = c(1, 7, 0, 5, 2, 0, 3, 4, 6), n_ref = c(4, 22, 3, 18, 6, 2, 9, 12, 15))
)
one <- function(t) {
  rows <- do.call(rbind, lapply(seq_along(t$n), function(c) rbind(
    if (t$n[c] > 0) data.frame(cluster = c, x = 1, y = rep(1:0, c(t$k[c], t$n[c] - t$k[c]))),
    if (t$n_ref[c] > 0) data.frame(cluster = c, x = 0, y = rep(1:0, c(t$k_ref[c], t$n_ref[c] - t$k_ref[c]))))))
  model <- lm(y ~ x, data = rows)
  v <- vcovCR(model, cluster = rows$cluster, type = "CR3")
  c(t, list(gap = unname(coef(model)[2]), var_cr3 = v[2, 2], clusters = length(unique(rows$cluster))))
}
cat(toJSON(lapply(tables, one), digits = NA, auto_unbox = TRUE))
