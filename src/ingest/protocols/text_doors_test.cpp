// Line protocol and exposition pages as batches, series and samples as text.
#include "ingest/protocols/influx_line.h"
#include "ingest/protocols/prometheus_text.h"

namespace isobar::ingest {
namespace {

using Lines = std::vector<std::string>;

Lines samples_of(const model::WriteBatch& batch) {
  Lines lines;
  for (const auto& f : batch.floats) {
    const auto labels = model::Labels::parse_canonical(batch.series[f.series]);
    lines.push_back(fmt::format("{} {} @{}", labels ? labels->to_string() : "not canonical", f.value, f.timestamp));
  }
  return lines;
}

Lines influx(std::string_view body, InfluxOptions options = {.now_ms = 5000}) {
  InfluxDecoder decoder;
  model::WriteBatch batch;
  InfluxNotes notes;
  const auto result = decoder.decode(body, options, batch, notes);
  Lines lines = samples_of(batch);
  for (const std::string& reason : notes.reasons) lines.push_back("! " + reason);
  if (notes.strings_left_out != 0) lines.push_back(fmt::format("{} strings", notes.strings_left_out));
  if (!result) lines.push_back(result.error().message);
  return lines;
}

TEST(InfluxLine, NamesSeriesByMeasurementAndField) {
  EXPECT_EQ(influx("diskio,host=work,name=dm-1 write_bytes=651264i,read_time=29u,ok=T 1661369405000000000\n"),
            (Lines{"diskio_write_bytes{host=\"work\", name=\"dm-1\"} 651264 @1661369405000", "diskio_read_time{host=\"work\", name=\"dm-1\"} 29 @1661369405000",
                   "diskio_ok{host=\"work\", name=\"dm-1\"} 1 @1661369405000"}));
  EXPECT_EQ(influx("m value=1.5"), (Lines{"m 1.5 @5000"}));
  EXPECT_EQ(influx("5min.load,data-centre=eu f.x=-2e3 1"), (Lines{"_5min_load_f_x{data_centre=\"eu\"} -2000 @0"}));
  EXPECT_EQ(influx("größe größe=1"), (Lines{"gr__e_gr__e 1 @5000"}));
  EXPECT_EQ(influx("m,Zone=a,__name__=b,a=é f=1"), (Lines{"m_f{Zone=\"a\", a=\"é\"} 1 @5000"}));
}

TEST(InfluxLine, ReadsEscapesStringsCommentsAndBlanks) {
  EXPECT_EQ(influx("# comment, with=signs\r\n\n my\\ m\\,x,a\\=b=c\\ d\\,e\\\\f  f=1   7000000  \r\nm s=\"a \\\" ,b=\nc\",f=2,t=\"\"\n#end"),
            (Lines{"my_m_x_f{a_b=\"c d,e\\\\\\\\f\"} 1 @7", "m_f 2 @5000", "2 strings"}));
}

TEST(InfluxLine, ConvertsUnitsAndRoundsDown) {
  const auto at = [](std::string_view precision, std::string_view timestamp) {
    return influx("m value=1 " + std::string(timestamp), {.unit_ns = *influx_precision(precision)}).front();
  };
  EXPECT_EQ(at("", "1999999"), "m 1 @1");
  EXPECT_EQ(at("ns", "-1"), "m 1 @-1");
  EXPECT_EQ(at("u", "-1000"), "m 1 @-1");
  EXPECT_EQ(at("us", "2500"), "m 1 @2");
  EXPECT_EQ(at("ms", "2500"), "m 1 @2500");
  EXPECT_EQ(at("s", "2"), "m 1 @2000");
  EXPECT_EQ(at("m", "2"), "m 1 @120000");
  EXPECT_EQ(at("h", "-1"), "m 1 @-3600000");
  EXPECT_EQ(at("h", "9223372036854775807"), "! line 1: the timestamp is out of range: 9223372036854775807");
  EXPECT_EQ(influx_precision("d").error().message, "precision supplied is not valid, write ns, us, ms, s, m or h: d");
}

TEST(InfluxLine, TheDatabaseIsALabelWhereThereIsNoSuchTag) {
  EXPECT_EQ(influx("m value=1\nm,db=own value=2", {.now_ms = 1, .database = "telegraf"}),
            (Lines{"m{db=\"telegraf\"} 1 @1", "m{db=\"own\"} 2 @1"}));
}

TEST(InfluxLine, LeavesWrongLinesOutAndNamesThem) {
  EXPECT_EQ(influx("m value=1\nm\nm,a value=1\nm,a= value=1\n,a=b value=1\nm value\nm value=2"),
            (Lines{"m 1 @5000", "m 2 @5000", "! line 2: fields are missing", "! line 3: a tag must be written name=value",
                   "! line 4: the value of a tag is missing", "! line 5: the measurement is missing", "! line 6: a field must be written name=value"}));
  EXPECT_EQ(influx("m value=one"), (Lines{"! line 1: the value of a field is no number, boolean or quoted string: one"}));
  EXPECT_EQ(influx("m value=NaN"), (Lines{"! line 1: the value of a field is no number, boolean or quoted string: NaN"}));
  EXPECT_EQ(influx("m value=1 soon"), (Lines{"! line 1: the timestamp is no integer: soon"}));
  EXPECT_EQ(influx("m value=\"open\nm value=1"), (Lines{"m 1 @5000", "! line 1: a quoted string has no end"}));
  EXPECT_EQ(influx("m,a.b=1,a_b=2 value=1"), (Lines{"! line 1: a label is there twice: a_b"}));
  EXPECT_EQ(influx("m,a=\xff value=1"), (Lines{"! line 1: a label is not valid UTF-8"}));
}

TEST(InfluxLine, EqualSeriesAreOne) {
  InfluxDecoder decoder;
  model::WriteBatch batch;
  InfluxNotes notes;
  ASSERT_TRUE(decoder.decode("m,a=1,b=2 f=1 1000000\nm,b=2,a=1 f=2 2000000", {}, batch, notes));
  EXPECT_EQ(batch.series.size(), 1U);
  EXPECT_EQ(batch.floats.size(), 2U);
}

TEST(InfluxLine, LabelsAreBoundedHoweverOftenTheyAreGiven) {
  std::string line = "m,a=" + std::string(100'000, 'x') + " ";
  for (int i = 0; i < 2000; ++i) line += fmt::format("{}f{}=1", i == 0 ? "" : ",", i);
  EXPECT_EQ(influx(line).back(), "labels of one request expand to more than 128 MiB, send smaller batches");
  telemetry::MemoryBudget budget("decoding", 10 << 20, "");
  telemetry::Reservation held(budget);
  InfluxDecoder decoder;
  model::WriteBatch batch;
  InfluxNotes notes;
  EXPECT_EQ(decoder.decode(line, {}, batch, notes, &held).error().code, Code::kUnavailable);
}

Lines import_page(std::string_view page, const ImportOptions& options) {
  PrometheusTextDecoder decoder;
  model::WriteBatch batch;
  const auto result = decoder.decode(page, options, batch);
  if (!result) return {result.error().message};
  Lines lines = samples_of(batch);
  for (const auto& m : batch.metadata) lines.push_back(fmt::format("{} {} {}", m.metric, model::metric_type_name(m.type), m.help));
  return lines;
}

TEST(PrometheusText, TakesSamplesMetadataAndExtraLabels) {
  const std::string_view page = "# HELP up Whether.\n# TYPE up gauge\nup{job=\"a\"} 1\nup{job=\"b\",zone=\"x\"} 0 1234\n";
  EXPECT_EQ(import_page(page, {.default_ms = 9000}),
            (Lines{"up{job=\"a\"} 1 @9000", "up{job=\"b\", zone=\"x\"} 0 @1234", "up gauge Whether."}));
  EXPECT_EQ(import_page(page, {.default_ms = 9000, .extra_labels = {{"zone", "eu"}, {"job", ""}}}),
            (Lines{"up{zone=\"eu\"} 1 @9000", "up{zone=\"eu\"} 0 @1234", "up gauge Whether."}));
}

TEST(PrometheusText, RefusesAPageThatIsDamaged) {
  EXPECT_EQ(import_page("up 1\nup{job=} 1\n", {}), (Lines{"expected a quoted value after label name job: up{job=}"}));
  EXPECT_EQ(import_page("up 1\nup one\n", {}), (Lines{"line 2: expected a number as value: \"up one\""}));
  EXPECT_EQ(import_page("{a=\"b\"} 1\n", {}), (Lines{"metric name is missing: {a=\"b\"}"}));
}

}  // namespace
}  // namespace isobar::ingest
