//! `paths.parquet`, a row per path (`paths`), and `courses.parquet`, quantiles over time; and reading the first back, for
//! `why` and `compare` (`read`).
//!
//! What the columns of both share is here. The bytes are the same for any threads, batches and shards, and hold nothing
//! of the day or the machine: the compressor is plain Rust and looks at no processor. What is not defined is null.

mod paths;
mod read;

pub use paths::PathsWriter;
pub use read::PathsReader;

use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::{ColumnCloseResult, ColumnWriterImpl};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::types::{ColumnPath, SchemaDescriptor, Type, TypePtr};

use crate::estimate::Estimate;
use crate::files::atomic::{AtomicFile, WriteError, Written};

/// Bytes of distinct values above which a column of courses is written plainly.
const DICTIONARY: usize = 1024 * 8;

/// The column that numbers the paths.
const PATH: &str = "path";

/// The column that names a course.
const SERIES: &str = "series";

fn field(name: &str, physical: Physical, repetition: Repetition) -> Result<TypePtr, ParquetError> {
    // Bytes are always text here.
    let meaning = (physical == Physical::BYTE_ARRAY).then_some(LogicalType::String);
    let field =
        Type::primitive_type_builder(name, physical).with_repetition(repetition).with_logical_type(meaning);
    field.build().map(Arc::new)
}

fn schema(name: &str, fields: Vec<TypePtr>) -> Result<TypePtr, ParquetError> {
    Type::group_type_builder(name).with_fields(fields).build().map(Arc::new)
}

/// Of courses.
fn properties() -> WriterPropertiesPtr {
    let properties = WriterProperties::builder()
        .set_created_by(concat!("roundtrip version ", env!("CARGO_PKG_VERSION")).into())
        .set_compression(Compression::SNAPPY)
        .set_dictionary_page_size_limit(DICTIONARY)
        // Bytes of equal significance lie together, where they compress.
        .set_encoding(Encoding::BYTE_STREAM_SPLIT)
        .set_column_encoding(ColumnPath::from(SERIES), Encoding::PLAIN)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    Arc::new(properties.build())
}

/// A parquet error as one of writing: a full disk stays one.
fn to_io(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
    }
}

/// A column of a row group, encoded and compressed.
type Encoded = (Bytes, ColumnCloseResult);

/// Makes columns of a file, apart from the file, so that they can be made side by side.
struct Encoder<'a> {
    schema: &'a SchemaDescriptor,
    properties: WriterPropertiesPtr,
}

impl<'a> Encoder<'a> {
    fn of(writer: &'a SerializedFileWriter<AtomicFile>) -> Encoder<'a> {
        Encoder { schema: writer.schema_descr(), properties: writer.properties().clone() }
    }

    /// The column of that number. With nulls, `defined` has 1 where there is a value and 0 where not.
    fn column<T: DataType>(
        &self,
        number: usize,
        values: &[T::T],
        defined: Option<&[i16]>,
    ) -> Result<Encoded, ParquetError> {
        let mut buffer = TrackedWrite::new(Vec::new());
        let pages = Box::new(SerializedPageWriter::new(&mut buffer));
        let mut column =
            ColumnWriterImpl::<T>::new(self.schema.column(number), self.properties.clone(), pages);
        column.write_batch(values, defined, None)?;
        let result = column.close()?;
        Ok((buffer.into_inner()?.into(), result))
    }

    /// The same of doubles, NaN as null.
    fn doubles(&self, number: usize, values: &[f64]) -> Result<Encoded, ParquetError> {
        let defined: Vec<i16> = values.iter().map(|value| i16::from(!value.is_nan())).collect();
        if defined.contains(&0) {
            let known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
            self.column::<DoubleType>(number, &known, Some(&defined))
        } else {
            self.column::<DoubleType>(number, values, Some(&defined))
        }
    }
}

/// Writes a row group from its columns in order.
fn write_group(
    writer: &mut SerializedFileWriter<AtomicFile>,
    columns: impl IntoIterator<Item = Result<Encoded, ParquetError>>,
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for column in columns {
        let (bytes, result) = column?;
        group.append_column(&bytes, result)?;
    }
    group.close().map(drop)
}

/// Writes the footer and gives the file its name.
fn close(writer: SerializedFileWriter<AtomicFile>) -> Result<Written, WriteError> {
    let path = writer.inner().path().to_path_buf();
    writer.into_inner().map_err(|error| WriteError { path, cause: to_io(error) })?.commit()
}

/// A series at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct CoursePoint {
    pub series: String,
    /// Years from the start.
    pub time: f64,
    pub estimate: Estimate,
}

/// Writes `courses.parquet`: series, time, p5, p25, p50, p75, p95, mean, and the mean's standard error.
pub fn write_courses(path: &Path, points: &[CoursePoint]) -> Result<Written, WriteError> {
    let file = AtomicFile::create(path)?;
    let open = || {
        let mut fields = vec![
            field(SERIES, Physical::BYTE_ARRAY, Repetition::REQUIRED)?,
            field("time", Physical::DOUBLE, Repetition::REQUIRED)?,
        ];
        for name in ["p5", "p25", "p50", "p75", "p95", "mean", "se"] {
            fields.push(field(name, Physical::DOUBLE, Repetition::OPTIONAL)?);
        }
        SerializedFileWriter::new(file, schema("courses", fields)?, properties())
    };
    let mut writer = open().map_err(|error| WriteError { path: path.to_path_buf(), cause: to_io(error) })?;
    let series: Vec<ByteArray> = points.iter().map(|point| point.series.as_str().into()).collect();
    let times: Vec<f64> = points.iter().map(|point| point.time).collect();
    let numbers: [fn(&Estimate) -> f64; 7] = [
        |e| e.p5.value,
        |e| e.p25.value,
        |e| e.p50.value,
        |e| e.p75.value,
        |e| e.p95.value,
        |e| e.mean,
        |e| e.se,
    ];
    let encoder = Encoder::of(&writer);
    let mut columns = vec![
        encoder.column::<ByteArrayType>(0, &series, None),
        encoder.column::<DoubleType>(1, &times, None),
    ];
    for (k, number) in numbers.iter().enumerate() {
        let values: Vec<f64> = points.iter().map(|point| number(&point.estimate)).collect();
        columns.push(encoder.doubles(k + 2, &values));
    }
    write_group(&mut writer, columns).map_err(|error| writer.inner().error(to_io(error)))?;
    close(writer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;
    use std::fs::File;

    #[test]
    fn courses_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("courses.parquet");
        let point = |series: &str, time: f64, values: &[f64]| CoursePoint {
            series: series.into(),
            time,
            estimate: Estimate::of(values.to_vec()),
        };
        let points = [
            point("company.Oracle.premium", 0.5, &[1.0, 2.0, 3.0]),
            point("company.Oracle.premium", 1.0, &[5.0]),
            point("lab.OpenAI.cash", 0.5, &[]),
        ];
        write_courses(&path, &points).unwrap();
        let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        let names: Vec<String> = rows[0].get_column_iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names, ["series", "time", "p5", "p25", "p50", "p75", "p95", "mean", "se"]);
        assert_eq!(rows.len(), 3);
        assert_eq!(
            (rows[0].get_string(0).unwrap().as_str(), rows[0].get_double(1).unwrap()),
            ("company.Oracle.premium", 0.5)
        );
        assert_eq!((rows[0].get_double(3).unwrap(), rows[0].get_double(7).unwrap()), (1.5, 2.0));
        assert_eq!(rows[1].get_double(2).unwrap(), 5.0);
        assert!(rows[1].get_double(8).is_err() && rows[2].get_double(4).is_err(), "null");
    }
}
