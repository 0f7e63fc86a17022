# Reference values for wfaudit/estimators/casemix.py: projections of one row a person, every unit left out in a
# loop; psych for one kind and units of one size. Prints one JSON object.
suppressPackageStartupMessages({
  library(psych)
  library(jsonlite)
})

# from rows of people: the squares of what units depart from, what dealing by lot makes of them, the share
read <- function(y, unit, kind, strand) {
  total <- factor(paste(unit, strand))
  z <- model.matrix(~ 0 + total)
  kinds <- factor(kind)
  x <- if (nlevels(kinds) > 1) model.matrix(~ 0 + kinds) else matrix(1, length(y), 1)
  rest <- diag(length(y)) - x %*% solve(crossprod(x)) %*% t(x)
  n <- ave(y, kind, FUN = length)
  p <- ave(y, kind)
  v <- ifelse(n > 1, n * p * (1 - p) / pmax(n - 1, 1), 0)
  w <- (1 + 0.02 * (colSums(z * (v > 0)) - 1))^-2
  squares <- sum(w * crossprod(z, rest %*% y)^2)
  by_lot <- t(z) %*% (rest * sqrt(outer(v, v))) %*% z
  expected <- sum(w * diag(by_lot))
  # everybody of a unit alike: one draw moves all of them, by the standard deviation of their kinds
  of <- matrix(sapply(strsplit(colnames(z), " "), `[`, 2), ncol(z), ncol(z))
  alike <- t(z) %*% (rest %*% (sqrt(v) * z))
  alike[of != t(of)] <- 0
  shared <- sum(w * rowSums(alike^2))
  # people of one kind who are of one unit take from the variance that the kind shows
  own <- function(k) {
    met <- table(unit[kind == k])
    size <- sum(met)
    if (size > 1) sum(met * (met - 1)) / (size * (size - 1)) else 0
  }
  met <- sapply(unique(kind), own)
  held <- sapply(unique(kind), function(k) {
    here <- kind == k
    size <- tapply(rep(1, sum(here)), as.character(total[here]), sum)
    sum(w[match(names(size), sub("^total", "", colnames(z)))] * size * (1 - size / sum(here))) * v[here][1]
  })
  g <- sum(held * met) / expected
  ratio <- squares / expected
  size <- shared / expected - 1 + g * ratio
  carried <- tapply(as.vector(w * crossprod(z, rest %*% y)^2), sub(" .*", "", sub("^total", "", colnames(z))), sum)
  c(ratio = ratio, size = size, squares = squares, expected = expected,
    carrying = sum(carried)^2 / sum(carried^2), spread = 2 * sum(outer(w, w) * by_lot^2),
    peaked = sum(w^2 * crossprod(z, v * (1 - 6 * v) * (1 - ave(n, total, kind, FUN = length) / n))))
}
all_of <- function(cells) {
  times <- rep(seq_along(cells$n), cells$n)
  y <- unlist(mapply(function(k, n) rep(c(1, 0), c(k, n - k)), cells$k, cells$n))
  rows <- list(unit = cells$unit[times], kind = cells$kind[times], strand = cells$strand[times])
  full <- read(y, rows$unit, rows$kind, rows$strand)
  size <- full[["size"]]
  scale <- function(r) ((1 - (r - 1) / size) / r)^0.75
  each <- sapply(unique(rows$unit), function(u) {
    keep <- rows$unit != u
    scale(read(y[keep], rows$unit[keep], rows$kind[keep], rows$strand[keep])[["ratio"]])
  })
  m <- length(each)
  df <- max(min(1.5 * full[["carrying"]], m) - 2, 1)
  se <- sqrt((m - 1) / m * sum((each - scale(full[["ratio"]]))^2))
  odds <- pmax(scale(full[["ratio"]]) + c(1, -1) * qt(0.975, df) * se, 0)^(-1 / 0.75)
  ends <- ifelse(is.infinite(odds), 1, (odds - 1) / (odds + size))
  spread <- full[["spread"]] + full[["peaked"]]
  e <- full[["expected"]]
  p <- pgamma(full[["squares"]], shape = e^2 / spread, scale = spread / e, lower.tail = FALSE)
  c(cells, list(share = (full[["ratio"]] - 1) / size, low = ends[1], high = ends[2],
                squares = full[["squares"]], expected = e, p = p))
}

grid <- expand.grid(kind = 1:4, unit = 1:18)
some <- (grid$unit + grid$kind) %% 4 > 0
grid <- grid[some, ]
mixed <- list(
  n = 2 + (grid$unit * 5 + grid$kind * 3) %% 7, unit = grid$unit, kind = grid$kind,
  strand = rep(1, nrow(grid))
)
mixed$k <- pmin((grid$unit^2 %% 5) + (grid$kind * grid$unit) %% 3, mixed$n)
ways <- mixed
ways$strand <- grid$kind %% 2
each <- mixed
each$strand <- grid$kind

# one kind, nine units of twelve people each: the first coefficient of Shrout and Fleiss
counts <- c(2, 9, 5, 4, 8, 1, 6, 3, 7)
ratings <- t(sapply(counts, function(k) rep(c(1, 0), c(k, 12 - k))))
even <- list(k = counts, share = suppressWarnings(psych::ICC(ratings, lmer = FALSE))$results$ICC[1])

cat(toJSON(list(
  mixed = all_of(mixed), ways = all_of(ways), each = all_of(each), even = even
), digits = NA, auto_unbox = TRUE), "\n")
