"""The code of a scorer in R, in parts: a model needs some of them, and its numbers stand between."""

from __future__ import annotations

OPENING = r"""
scorer <- new.env()
"""

READING = r"""
local({
  SEPARATORS <- c(",", "\t", ";", "|")
  NUMBER <- "^[ \t]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[ \t]*$"

  # The probabilities of churn, 0 to 1, of the rows of a data frame. Columns are numbers, texts, factors or
  # logicals; NA, NaN, "" and the texts in NULL_WORDS are missing values. read.csv() needs check.names = FALSE
  # to leave names as they are, and na.strings = "" to leave words as they are.
  score <- function(rows) {
    probability(read(rows, function(row) paste("row", row)))
  }

  # The columns as the model reads them: numbers and texts, NA where they are missing. place: names a row.
  read <- function(rows, place) {
    lacks <- setdiff(COLUMNS, names(rows))
    if (length(lacks)) stop(lacking(lacks))
    lapply(seq_along(COLUMNS), function(k) {
      values <- rows[[COLUMNS[k]]]
      if (is.factor(values)) values <- as.character(values)
      if (is.character(values)) values <- enc2utf8(values)
      values[is.na(values) | (is.character(values) & values %in% NULL_WORDS)] <- NA
      if (COLUMNS[k] %in% WORDS) words(values, COLUMNS[k]) else numbers(values, COLUMNS[k], place)
    })
  }

  lacking <- function(names) {
    paste0("no column ", toString(paste0("'", names, "'")), ", which the model needs")
  }

  words <- function(values, name) {
    found <- as.character(values)
    if (is.numeric(values)) found <- ifelse(is.na(values), NA, sprintf("%.15g", values))
    for (column in BOOLEANS) {
      truth <- match(tolower(found), c("true", "false"))
      if (column[[1]] == name) found <- ifelse(is.na(truth), found, column[[2]][truth])
    }
    found
  }

  numbers <- function(values, name, place) {
    if (is.character(values)) {
      is_number <- is.na(values) | grepl(NUMBER, values)
      found <- suppressWarnings(as.numeric(values))
      if (any(bad <- !is_number | is.infinite(found))) {
        first <- which(bad)[1]
        problem <- if (is_number[first]) "is too large for a number" else "is not a number"
        stop(place(first), ": column '", name, "': '", encodeString(values[first]), "' ", problem)
      }
      return(found)
    }
    if (!is.numeric(values) && !is.logical(values)) {
      stop("column '", name, "' should have numbers, not values of class ", class(values)[1])
    }
    found <- as.numeric(values)
    found[found %in% NULL_NUMBERS] <- NA
    found
  }

  # Calibrated log-odds = SLOPE * log-odds + OFFSET.
  probability <- function(row) {
    calibrated <- SLOPE * log_odds(row) + OFFSET
    power <- exp(-abs(calibrated))
    ifelse(calibrated >= 0, 1, power) / (1 + power)
  }

  # The number of each word; that of all others, the last one, if it has none of its own.
  level <- function(values, words, levels) {
    found <- levels[match(values, words, nomatch = length(levels))]
    found[is.na(values)] <- NA
    found
  }
"""

CURVES = r"""
  # A line, constant below low and above high.
  line <- function(x, low, high, center, scale, weight) {
    weight * ((pmin(pmax(x, low), high) - center) / scale)
  }

  # A line along the logarithm of a number.
  log_line <- function(x, ...) line(sign(x) * log1p(abs(x)), ...)

  # Straight between points, constant beyond them. at: the values, ascending; added: the heights there.
  bend <- function(x, at, added) {
    x <- pmin(pmax(x, at[1]), at[length(at)])
    place <- pmin(findInterval(x, at), length(at) - 1L)
    slope <- (added[place + 1L] - added[place]) / (at[place + 1L] - at[place])
    added[place] + slope * (x - at[place])
  }
"""

PAIRS = r"""
  # The places on either side of values, and their share of the way between them.
  between <- function(values, places) {
    if (is.character(places)) {
      place <- match(values, places, nomatch = length(places) + 1L)
      return(list(place, place, numeric(length(values))))
    }
    x <- pmin(pmax(values, places[1]), places[length(places)])
    place <- pmin(findInterval(x, places), length(places) - 1L)
    list(place, place + 1L, (x - places[place]) / (places[place + 1L] - places[place]))
  }

  # What two values add together: straight between the places of the table along each.
  together <- function(x, y, along_x, along_y, table) {
    row <- between(x, along_x)
    column <- between(y, along_y)
    at <- function(k, l) table[cbind(row[[k]], column[[l]])]
    upper <- at(1, 1) + column[[3]] * (at(1, 2) - at(1, 1))
    lower <- at(2, 1) + column[[3]] * (at(2, 2) - at(2, 1))
    upper + row[[3]] * (lower - upper)
  }
"""

LOG_ODDS_OF_CURVES = r"""
  # What the columns add up to, before the calibration.
  log_odds <- function(row) {
    total <- rep(BASE, length(row[[1]]))
    for (k in seq_along(CURVES)) {
      curve <- CURVES[[k]]
      added <- do.call(curve[[2]], c(list(row[[k]]), curve[-(1:2)]))
      total <- total + ifelse(is.na(row[[k]]), curve[[1]], added)
    }
    for (pair in PAIRS) {
      x <- row[[pair[[1]]]]
      y <- row[[pair[[2]]]]
      added <- rep(pair[[3]], length(x))
      known <- which(!is.na(x) & !is.na(y))
      added[known] <- together(x[known], y[known], pair[[4]], pair[[5]], pair[[6]])
      total <- total + added
    }
    total
  }
"""

LOG_ODDS_OF_TREES = r"""
  # What the trees add up to, before the calibration: a leaf of each, found by a walk from its first node.
  log_odds <- function(row) {
    n <- length(row[[1]])
    tested <- lapply(TESTED, function(one) {
      if (length(one) == 1L) row[[one[[1]]]] else level(row[[one[[1]]]], one[[2]], one[[3]])
    })
    values <- matrix(as.numeric(unlist(tested)), nrow = n)
    total <- numeric(n)
    step <- max(1L, 1000000L %/% length(FOREST$root))  # rows at a time: memory for a million walks
    for (start in seq(1L, length.out = ceiling(n / step), by = step)) {
      rows <- start:min(n, start + step - 1L)
      leaves <- walk(values[rows, , drop = FALSE])
      total[rows] <- rowSums(matrix(FOREST$value[leaves], nrow = length(rows)))
    }
    BASE + total
  }

  # The leaf of each row in each tree, tree after tree.
  walk <- function(values) {
    n <- nrow(values)
    node <- rep(FOREST$root, each = n)
    moving <- which(FOREST$tested[node] > 0L)
    while (length(moving)) {
      here <- node[moving]
      is_left <- values[(moving - 1L) %% n + 1L + (FOREST$tested[here] - 1L) * n] < FOREST$value[here]
      left <- which(is_left)
      missing <- which(is.na(is_left))
      to <- FOREST$right[here]
      to[left] <- FOREST$left[here[left]]
      to[missing] <- FOREST$missing[here[missing]]
      node[moving] <- to
      moving <- moving[FOREST$tested[to] > 0L]
    }
    node
  }

  # The nodes of all trees, one after the other.
  joined <- function(trees) {
    sizes <- vapply(trees, function(tree) length(tree[[1]]), 0L)
    before <- cumsum(sizes) - sizes
    part <- function(k) unlist(lapply(trees, function(tree) tree[[k]]))
    next_node <- function(k) part(k) + rep(before, sizes)
    list(
      root = before + 1L, tested = part(1), value = part(2), left = next_node(3), right = next_node(4),
      missing = next_node(5)
    )
  }
"""

FILTER = r"""
  # Reads CSV, some megabytes at a time; prints the id, the probability, and the date if there is one.
  main <- function(input = file("stdin", "rb"), output = standard_output()) {
    on.exit(close(input))
    text <- ""
    line <- 1
    table <- NULL
    repeat {
      bytes <- readBin(input, "raw", 4194304L)
      is_last <- length(bytes) == 0L
      if (any(bytes == 0)) stop("a NUL byte: the input is not CSV in UTF-8")
      text <- paste0(text, rawToChar(bytes))
      if (is_last && text == "" && is.null(table)) stop("the input is empty")
      if (is_last && text == "") break
      if (is_last && !grepl("(^|\n)$", text, useBytes = TRUE)) text <- paste0(text, "\n")
      if (is.null(table)) text <- sub("^\\xef\\xbb\\xbf", "", text, perl = TRUE, useBytes = TRUE)
      separator <- if (is.null(table)) separator_of(text) else table$separator
      found <- records(text, separator, line)
      text <- found$rest
      if (text != "" && (is_last || nchar(text, "bytes") > 16777216)) {
        stop("line ", found$line, ": a quote that is not closed, or that other text follows")
      }
      if (is.null(table) && length(found$ends)) {
        table <- open_table(found$fields[seq_len(found$ends[1])], separator, output)
      }
      if (!is.null(table)) table <- print_scores(found, table)
      line <- found$line
      if (is_last) break
    }
    flush(output)
  }

  # A full disk is an error here; stdout() would not notice.
  standard_output <- function() {
    other <- function(condition) stdout()
    tryCatch(file("/dev/stdout", "ab", raw = TRUE), error = other, warning = other)
  }

  # The separator that is most frequent in the first line, outside quotes.
  separator_of <- function(text) {
    first <- sub("\n.*", "", text, useBytes = TRUE)
    marks <- strsplit(gsub("\"[^\"]*\"", "", first, useBytes = TRUE), "", useBytes = TRUE)[[1]]
    SEPARATORS[which.max(vapply(SEPARATORS, function(mark) sum(marks == mark), 0))]
  }

  # The whole records at the beginning of a text. fields: of all of them; ends: the last field of each; lines:
  # the first line of each; rest: the text after them, which begins at line. A quote opens a field only at its
  # start.
  records <- function(text, separator, line) {
    Encoding(text) <- "bytes"
    mark <- if (separator == "|") "\\|" else separator
    field <- "\\G(?:\"((?:[^\"]++|\"\")*+)\"|([^\",\r\n][^,\r\n]*+)?)(,|\r?\n)"
    found <- gregexpr(gsub(",", mark, field, fixed = TRUE), text, perl = TRUE, useBytes = TRUE)[[1]]
    from <- attr(found, "capture.start")
    size <- attr(found, "capture.length")
    ends <- if (found[1] > 0L) which(substring(text, from[, 3], from[, 3]) != separator) else integer(0)
    whole <- seq_len(max(ends, 0L))
    is_quoted <- from[whole, 1] > 0L
    part <- cbind(whole, 2L - is_quoted)
    fields <- if (length(whole)) substring(text, from[part], from[part] + size[part] - 1L) else character(0)
    fields[is_quoted] <- gsub("\"\"", "\"", fields[is_quoted], fixed = TRUE, useBytes = TRUE)
    Encoding(fields) <- "UTF-8"
    starts <- c(1L, from[ends, 3] + size[ends, 3])
    lines <- line + findInterval(starts - 1L, gregexpr("\n", text, fixed = TRUE, useBytes = TRUE)[[1]])
    last <- length(starts)
    rest <- substring(text, starts[last], nchar(text, "bytes"))
    list(fields = fields, ends = ends, lines = lines[-last], rest = rest, line = lines[last])
  }

  # Where the columns of a CSV are; prints the header of the scores.
  open_table <- function(header, separator, output) {
    lacks <- setdiff(NEEDED, header)
    if (length(lacks)) stop("line 1: ", lacking(lacks))
    if (anyDuplicated(header)) stop("line 1: a name appears twice in the header")
    if (!ID %in% header) message("note: no column '", ID, "': rows are numbered instead")
    names <- c(if (ID %in% header) quoted(ID) else "row", PROBABILITY, if (AS_OF %in% header) AS_OF)
    put(paste(names, collapse = ","), output)
    list(header = header, separator = separator, output = output, count = 0)
  }

  # Prints the scores of some records.
  print_scores <- function(found, table) {
    width <- length(table$header)
    widths <- diff(c(0L, found$ends))
    first <- found$ends - widths + 1L
    is_row <- widths > 1L | found$fields[first] != "" | width == 1L
    if (length(bad <- which(is_row & widths != width))) {
      problem <- paste0(widths[bad[1]], " fields, but the table has ", width, " columns")
      stop("line ", found$lines[bad[1]], ": ", problem)
    }
    cells <- matrix(found$fields[rep(is_row, widths)], ncol = width, byrow = TRUE)
    lines <- found$lines[is_row]
    is_empty <- width > 1L & rowSums(cells != "") == 0
    is_header <- rowSums(cells == rep(table$header, each = nrow(cells))) == width
    lines <- lines[!is_empty & !is_header]
    cells <- cells[!is_empty & !is_header, , drop = FALSE]
    if (!all(is_utf8 <- validUTF8(cells))) {
      stop("line ", lines[row(cells)[!is_utf8][1]], ": not UTF-8")
    }
    rows <- as.data.frame(cells, stringsAsFactors = FALSE)
    names(rows) <- table$header
    scores <- shown(probability(read(rows, function(row) paste("line", lines[row]))))
    ids <- if (ID %in% names(rows)) rows[[ID]] else table$count + seq_along(lines)
    if (any(no_id <- ids %in% NULL_WORDS) && ID %in% names(rows) && !ID %in% COLUMNS) {
      stop("line ", lines[no_id][1], ": column '", ID, "': is empty")
    }
    if (ID %in% names(rows)) ids <- known(ids)
    table$count <- table$count + length(lines)
    dates <- if (AS_OF %in% names(rows)) paste0(",", known(rows[[AS_OF]]))
    if (length(lines)) put(paste0(ids, ",", scores, dates), table$output)
    table
  }

  # A probability as text: rounded, or with all digits that matter.
  shown <- function(numbers) {
    if (is.null(DIGITS)) {
      short <- sprintf("%.15g", numbers)
      return(ifelse(as.numeric(short) == numbers, short, sprintf("%.17g", numbers)))
    }
    scale <- 10^DIGITS
    whole <- floor(numbers * scale)
    sprintf("%.*f", DIGITS, (whole + (numbers * scale - whole >= 0.5)) / scale)
  }

  # Texts as fields of CSV; empty if they are missing.
  known <- function(texts) ifelse(texts %in% NULL_WORDS, "", quoted(texts))

  quoted <- function(texts) {
    needs <- grepl("[,\"\r\n]", texts, useBytes = TRUE)
    texts[needs] <- paste0("\"", gsub("\"", "\"\"", texts[needs], fixed = TRUE, useBytes = TRUE), "\"")
    Encoding(texts) <- "UTF-8"
    texts
  }

  put <- function(lines, output) writeLines(enc2utf8(lines), output, useBytes = TRUE)
}, envir = scorer)
"""

CLOSING = r"""
score <- scorer$score

if (sys.nframe() == 0L) {
  tryCatch(scorer$main(), error = function(error) {
    if (grepl("SIGPIPE", conditionMessage(error))) quit(status = 141)  # nobody reads on: | head -n 1
    name <- sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1])
    message(basename(name), ": ", conditionMessage(error))
    quit(status = 2)
  })
}
"""
