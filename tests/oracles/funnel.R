# Reference values for wfaudit/estimators/tails.py and funnel.py, from base R and metafor. Prints one
# JSON object. The sums of unlike chances come from the Fourier transform of their characteristic
# function (Hong 2013), limits from pbinom and qbinom by the definition of Spiegelhalter (2005).
suppressPackageStartupMessages({
  library(metafor)
  library(jsonlite)
})

# the interpolated lower limit: the smallest count r whose chance of r or fewer exceeds p, less the
# part of its own chance that is too much
lower <- function(n, p0, p) {
  r <- qbinom(p, n, p0)
  r - (pbinom(r, n, p0) - p) / dbinom(r, n, p0)
}
n <- c(5, 12, 20, 37, 50, 80, 150, 400, 1000, 5000, 20000)
rate <- c(0.3, 0.5, 0.05, 0.9, 0.1, 0.0058, 0.2, 0.02, 0.35, 0.0058, 0.15)
k <- c(4, 1, 3, 30, 0, 2, 45, 3, 400, 50, 2800)

# people of six units with chances of their own
people <- list(
  c(0.1, 0.5, 0.9),
  seq(0.02, 0.6, length.out = 25),
  rep(c(0.05, 0.1, 0.4), c(40, 25, 10)),
  c(0, 0.2, 0.2, 0.7, 1, 1),
  seq(0.001, 0.03, length.out = 150),
  seq(0.1, 0.9, length.out = 600)
)
count <- c(1, 9, 6, 4, 6, 350)
transformed <- function(p) {
  m <- length(p)
  at <- sapply(0:m, function(l) prod(1 - p + p * exp(2i * pi * l / (m + 1))))
  Re(fft(at)) / (m + 1)
}
mixed <- Map(function(p, k) {
  chance <- transformed(p)
  c(sum(chance[1:(k + 1)]), sum(chance[(k + 1):length(chance)]))
}, people, count)

# units against the share of everybody: spread beyond chance
cases <- c(12, 3, 30, 7, 22, 9, 41, 5, 15, 2, 28, 18)
size <- c(60, 40, 90, 30, 80, 55, 100, 45, 70, 25, 85, 60)
p0 <- sum(cases) / sum(size)
z <- (cases - size * p0) / sqrt(size * p0 * (1 - p0))
edges <- quantile(z, c(0.1, 0.9), names = FALSE)
drawn <- pmin(pmax(z, edges[1]), edges[2])
phi <- mean(drawn^2)
w <- size / (p0 * (1 - p0))
published <- max(0, (length(z) * phi - (length(z) - 1)) / (sum(w) - sum(w^2) / sum(w)))
dl <- rma(yi = cases / size, vi = 1 / w, method = "DL")$tau2
alike <- c(4, 9, 15, 7, 12, 3, 20, 8, 11, 10)
share <- sum(alike) / 400
pm <- rma(
  yi = alike / 40, vi = rep(share * (1 - share) / 40, 10), method = "PM",
  control = list(tol = 1e-14, maxiter = 1000)
)$tau2

cat(toJSON(list(
  n = n, rate = rate, k = k,
  low95 = mapply(lower, n, rate, 0.025), high95 = n - mapply(lower, n, 1 - rate, 0.025),
  low998 = mapply(lower, n, rate, 0.001), high998 = n - mapply(lower, n, 1 - rate, 0.001),
  usual_high95 = mapply(lower, n, rate, 0.975),
  few = pbinom(k, n, rate), many = pbinom(k - 1, n, rate, lower.tail = FALSE),
  people = people, count = count,
  mixed_few = sapply(mixed, `[`, 1), mixed_many = sapply(mixed, `[`, 2),
  far_n = c(2000, 5000, 400, 300), far_rate = c(0.3, 0.02, 0.5, 0.5), far_k = c(300, 3, 60, 0),
  far_few = pbinom(c(300, 3, 60, 0), c(2000, 5000, 400, 300), c(0.3, 0.02, 0.5, 0.5), log.p = TRUE),
  cases = cases, size = size, z = z, phi = phi, published = published, dl = dl,
  alike = alike, pm = pm
), digits = NA, auto_unbox = TRUE), "\n")
