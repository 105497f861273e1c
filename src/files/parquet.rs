//! `paths.parquet`, a row per path, and `courses.parquet`, quantiles over time; and reading the first back, for
//! `report`, `merge`, `compare`.
//!
//! [`PathsWriter`] takes blocks as they come and holds one row group, whose number of rows depends on the number of
//! columns alone: the bytes are the same for any threads, batches and shards, and hold nothing of the day or the
//! machine. Values are doubles, snappy-compressed in pages; what is not defined is null.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type as Physical};
use parquet::column::reader::ColumnReaderImpl;
use parquet::column::writer::{ColumnCloseResult, ColumnWriterImpl};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::types::{ColumnPath, SchemaDescriptor, Type, TypePtr};
use rayon::prelude::*;

use crate::estimate::{Block, Estimate};
use crate::files::atomic::{AtomicFile, WriteError, Written};
use crate::files::manifest::ReadError;

/// Bytes of values in a row group of paths, about: what the writer holds.
const GROUP: usize = 32 << 20;

/// Distinct values above which a column's page is written plainly: constants and counts are worth a dictionary,
/// numbers that never repeat are not.
const DICTIONARY: usize = 1024 * 8;

/// Rows in a row group of so many columns.
fn rows_per_group(columns: usize) -> usize {
    1 << (GROUP / 8 / columns.max(1)).clamp(1024, 1 << 20).ilog2()
}

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

fn properties() -> WriterPropertiesPtr {
    let properties = WriterProperties::builder()
        .set_created_by(concat!("roundtrip version ", env!("CARGO_PKG_VERSION")).into())
        .set_compression(Compression::SNAPPY)
        .set_dictionary_page_size_limit(DICTIONARY)
        // Bytes of equal significance lie together, where they compress.
        .set_encoding(Encoding::BYTE_STREAM_SPLIT)
        .set_column_dictionary_enabled(ColumnPath::from(PATH), false)
        .set_column_encoding(ColumnPath::from(PATH), Encoding::DELTA_BINARY_PACKED)
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
    properties: &'a WriterPropertiesPtr,
}

impl<'a> Encoder<'a> {
    fn of(writer: &'a SerializedFileWriter<AtomicFile>) -> Encoder<'a> {
        Encoder { schema: writer.schema_descr(), properties: writer.properties() }
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

/// `paths.parquet` in the making.
pub struct PathsWriter {
    writer: SerializedFileWriter<AtomicFile>,
    /// Number of the first path of the open row group.
    first: u64,
    /// The open row group.
    columns: Vec<Vec<f64>>,
    rows: usize,
    rows_per_group: usize,
}

impl PathsWriter {
    /// Begins the file, its columns in the order of the blocks': uncertain numbers by address, then measures.
    pub fn create(path: &Path, columns: &[String]) -> Result<PathsWriter, WriteError> {
        PathsWriter::on(AtomicFile::create(path)?, columns)
    }

    fn on(file: AtomicFile, columns: &[String]) -> Result<PathsWriter, WriteError> {
        let path = file.path().to_path_buf();
        let open = || {
            let mut fields = vec![field(PATH, Physical::INT64, Repetition::REQUIRED)?];
            for name in columns {
                fields.push(field(name, Physical::DOUBLE, Repetition::OPTIONAL)?);
            }
            SerializedFileWriter::new(file, schema("paths", fields)?, properties())
        };
        let writer = open().map_err(|error| WriteError { path, cause: to_io(error) })?;
        Ok(PathsWriter {
            writer,
            first: 0,
            columns: vec![Vec::new(); columns.len()],
            rows: 0,
            rows_per_group: rows_per_group(columns.len()),
        })
    }

    /// Adds a block, which follows the one before.
    pub fn add(&mut self, block: &Block) -> Result<(), WriteError> {
        assert_eq!(block.columns.len(), self.columns.len(), "columns of a block");
        let mut start = 0;
        while start < block.paths {
            if self.rows == 0 {
                self.first = block.first + start as u64;
            }
            let end = block.paths.min(start + self.rows_per_group - self.rows);
            for (column, values) in self.columns.iter_mut().zip(&block.columns) {
                column.extend_from_slice(&values[start..end]);
            }
            self.rows += end - start;
            start = end;
            if self.rows == self.rows_per_group {
                self.close_group()?;
            }
        }
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), WriteError> {
        let numbers: Vec<i64> = (self.first as i64..).take(self.rows).collect();
        let encoder = Encoder::of(&self.writer);
        let numbers = encoder.column::<Int64Type>(0, &numbers, None);
        let columns = self.columns.par_iter().enumerate();
        let columns: Vec<_> = columns.map(|(k, column)| encoder.doubles(k + 1, column)).collect();
        write_group(&mut self.writer, std::iter::once(numbers).chain(columns))
            .map_err(|error| self.writer.inner().error(to_io(error)))?;
        self.columns.iter_mut().for_each(Vec::clear);
        self.rows = 0;
        Ok(())
    }

    /// The file is whole.
    pub fn finish(mut self) -> Result<Written, WriteError> {
        if self.rows > 0 {
            self.close_group()?;
        }
        close(self.writer)
    }
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

/// `paths.parquet` read back, a block at a time.
pub struct PathsReader {
    path: std::path::PathBuf,
    reader: SerializedFileReader<File>,
    names: Vec<String>,
}

impl PathsReader {
    pub fn open(path: &Path) -> Result<PathsReader, ReadError> {
        let error = |cause| ReadError { path: path.to_path_buf(), cause };
        let file = File::open(path).map_err(error)?;
        let reader = SerializedFileReader::new(file).map_err(|cause| error(to_io(cause)))?;
        let fields = reader.metadata().file_metadata().schema_descr().columns();
        let names: Vec<String> = fields.iter().skip(1).map(|field| field.name().to_string()).collect();
        let is_ours = fields
            .first()
            .is_some_and(|field| field.name() == PATH && field.physical_type() == Physical::INT64)
            && fields[1..]
                .iter()
                .all(|field| field.physical_type() == Physical::DOUBLE && field.max_def_level() == 1);
        if !is_ours {
            return Err(error(io::Error::other("it is no table of paths that this program wrote")));
        }
        Ok(PathsReader { path: path.to_path_buf(), reader, names })
    }

    /// Names of the columns, the path's number left out.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Paths in the file.
    pub fn paths(&self) -> u64 {
        self.reader.metadata().file_metadata().num_rows() as u64
    }

    /// The blocks in path order, with the columns of the given numbers.
    pub fn blocks(&self, columns: &[usize]) -> impl Iterator<Item = Result<Block, ReadError>> {
        (0..self.reader.num_row_groups()).map(move |group| {
            self.block(group, columns)
                .map_err(|cause| ReadError { path: self.path.clone(), cause: to_io(cause) })
        })
    }

    fn block(&self, group: usize, columns: &[usize]) -> Result<Block, ParquetError> {
        let group = self.reader.get_row_group(group)?;
        let paths = group.metadata().num_rows() as usize;
        let mut first = Vec::with_capacity(1);
        ColumnReaderImpl::<Int64Type>::new(
            group.metadata().column(0).column_descr_ptr(),
            group.get_column_page_reader(0)?,
        )
        .read_records(1, None, None, &mut first)?;
        let column = |number: &usize| {
            let descriptor = group.metadata().column(number + 1).column_descr_ptr();
            let mut reader =
                ColumnReaderImpl::<DoubleType>::new(descriptor, group.get_column_page_reader(number + 1)?);
            let (mut defined, mut known) = (Vec::with_capacity(paths), Vec::with_capacity(paths));
            while defined.len() < paths {
                let (records, _, _) =
                    reader.read_records(paths - defined.len(), Some(&mut defined), None, &mut known)?;
                if records == 0 {
                    return Err(ParquetError::EOF("a column ends before its row group".into()));
                }
            }
            let mut known = known.into_iter();
            Ok(defined
                .iter()
                .map(|level| if *level == 1 { known.next().unwrap_or(f64::NAN) } else { f64::NAN })
                .collect())
        };
        let columns = columns.iter().map(column).collect::<Result<_, ParquetError>>()?;
        Ok(Block { first: first.first().map_or(0, |first| *first as u64), paths, columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::atomic::tests::{names_in, on_a_disk_with_room};
    use parquet::record::RowAccessor;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    fn names() -> Vec<String> {
        ["company.Oracle.volatility", "capital.raised", "share.traced", "rounds", "never"]
            .map(String::from)
            .to_vec()
    }

    fn paths(first: u64, paths: usize) -> Block {
        let mut rng = SmallRng::seed_from_u64(first);
        let mut columns = vec![Vec::new(); 5];
        for path in 0..paths {
            let raised = (rng.random::<f64>() * 100.0 - 20.0).max(0.0);
            let share = if raised == 0.0 { f64::NAN } else { rng.random() };
            for (column, value) in
                columns.iter_mut().zip([0.28, raised, share, f64::from(path as u32 % 7), f64::NAN])
            {
                column.push(value);
            }
        }
        Block { first, paths, columns }
    }

    fn cut(block: &Block, length: usize) -> Vec<Block> {
        let cut = |start: usize| {
            let end = (start + length).min(block.paths);
            Block {
                first: block.first + start as u64,
                paths: end - start,
                columns: block.columns.iter().map(|column| column[start..end].to_vec()).collect(),
            }
        };
        (0..block.paths).step_by(length).map(cut).collect()
    }

    /// With row groups of 1024 paths, so that a test has several.
    fn written(path: &Path, blocks: &[Block]) -> Written {
        let mut writer = PathsWriter::create(path, &names()).unwrap();
        writer.rows_per_group = 1024;
        blocks.iter().for_each(|block| writer.add(block).unwrap());
        writer.finish().unwrap()
    }

    fn same_bits(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len()
            && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan())
    }

    #[test]
    fn paths_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paths.parquet");
        let block = paths(500, 3000);
        let described = written(&path, std::slice::from_ref(&block));
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(
            (described.bytes, described.sha256),
            (bytes.len() as u64, crate::files::atomic::sha256(&bytes))
        );

        let reader = PathsReader::open(&path).unwrap();
        assert_eq!((reader.names(), reader.paths()), (&names()[..], 3000));
        let blocks: Vec<Block> = reader.blocks(&[0, 1, 2, 3, 4]).map(Result::unwrap).collect();
        assert_eq!(
            blocks.iter().map(|b| (b.first, b.paths)).collect::<Vec<_>>(),
            [(500, 1024), (1524, 1024), (2548, 952)]
        );
        for (number, column) in block.columns.iter().enumerate() {
            let read: Vec<f64> = blocks.iter().flat_map(|block| block.columns[number].clone()).collect();
            assert!(same_bits(&read, column), "{}", names()[number]);
        }
        let some: Vec<Block> = reader.blocks(&[3]).map(Result::unwrap).collect();
        assert_eq!((some[2].columns.len(), some[2].columns[0][951]), (1, f64::from(2999 % 7)));

        // The same through the library's own reader of rows.
        let row = reader.reader.get_row_iter(None).unwrap().nth(2000).unwrap().unwrap();
        assert_eq!(row.get_long(0).unwrap(), 2500);
        assert_eq!(row.get_double(2).unwrap(), block.columns[1][2000]);
        assert!(row.get_double(5).is_err(), "null");
        let metadata = reader.reader.metadata().file_metadata();
        assert_eq!(metadata.created_by(), Some(concat!("roundtrip version ", env!("CARGO_PKG_VERSION"))));
    }

    #[test]
    fn the_bytes_do_not_depend_on_the_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let block = paths(0, 5000);
        let whole = written(&folder.path().join("whole"), std::slice::from_ref(&block));
        for length in [1, 100, 1024, 1500, 4999] {
            let cut = written(&folder.path().join("cut"), &cut(&block, length));
            assert_eq!((&cut.sha256, cut.bytes), (&whole.sha256, whole.bytes), "{length}");
        }
        let other = written(&folder.path().join("other"), &[paths(1, 5000)]);
        assert_ne!(other.sha256, whole.sha256);
    }

    #[test]
    fn row_groups_are_bounded_in_bytes() {
        for columns in [0, 1, 7, 30, 250, 4000] {
            let rows = rows_per_group(columns);
            assert!(rows.is_power_of_two() && rows * columns * 8 <= GROUP, "{columns}: {rows}");
        }
        assert_eq!(rows_per_group(250), 16384);
    }

    #[test]
    fn no_paths() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paths.parquet");
        written(&path, &[]);
        let reader = PathsReader::open(&path).unwrap();
        assert_eq!((reader.paths(), reader.blocks(&[0]).count()), (0, 0));
    }

    #[test]
    fn a_full_disk_leaves_nothing_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paths.parquet");
        let block = paths(0, 20_000);
        let whole = written(&path, std::slice::from_ref(&block)).bytes as usize;
        std::fs::remove_file(&path).unwrap();
        let attempt = |room: usize| {
            let mut writer = PathsWriter::on(on_a_disk_with_room(&path, room), &names())?;
            writer.rows_per_group = 1024;
            writer.add(&block)?;
            writer.finish()
        };
        for room in [0, 3, 1000, whole / 2, whole - 1, whole] {
            let message = attempt(room).unwrap_err().to_string();
            assert!(message.contains("paths.parquet") && message.contains("free some"), "{message}");
            assert!(names_in(folder.path()).is_empty(), "{room}");
        }
        attempt(whole + 1).unwrap();
        assert_eq!(names_in(folder.path()), ["paths.parquet"]);
    }

    #[test]
    fn what_is_no_table_of_paths_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paths.parquet");
        let refusal = |path: &Path| PathsReader::open(path).err().unwrap().to_string();
        assert!(refusal(&path).contains("paths.parquet"));
        std::fs::write(&path, "PAR1 and no more").unwrap();
        assert!(refusal(&path).contains("paths.parquet"));
        write_courses(&path, &[]).unwrap();
        assert!(refusal(&path).contains("no table of paths"));
    }

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
